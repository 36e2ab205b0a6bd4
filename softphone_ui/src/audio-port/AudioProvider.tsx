import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";

import { openLeg } from "../api/actions";
import { AgentAudioSession } from "../audio";
import { useLiveConnection } from "../live/LiveProvider";
import { audioOff, type AgentAudio, type AudioView } from "./port";

/** A person who is no agent has no audio leg. */
const none: AgentAudio = {
  subscribe: () => () => undefined,
  current: () => audioOff,
  level: () => 0,
  setMuted: () => undefined,
  sendDigit: () => undefined,
  chooseMicrophone: () => undefined,
  retry: () => undefined,
  resume: () => undefined,
};

const Audio = createContext<AgentAudio>(none);

/** Keeps the agent's audio leg for the whole visit, whatever page is shown. */
export function AudioProvider({ agentId, children }: { agentId: string | null; children: ReactNode }) {
  return agentId === null ? <Audio value={none}>{children}</Audio> : <AgentAudioProvider ownerId={agentId}>{children}</AgentAudioProvider>;
}

/** `ownerId`: whose it is; an agent's, or of somebody who may have audio without being one. */
export function AgentAudioProvider({ ownerId, children }: { ownerId: string; children: ReactNode }) {
  const connection = useLiveConnection();
  const [session] = useState(
    () =>
      new AgentAudioSession({
        lockName: `patchbay.audio.${ownerId}`,
        exchange: openLeg,
        report: (report) => connection.report(report),
      }),
  );
  useEffect(() => {
    session.start();
    return () => session.stop();
  }, [session]);
  return <Audio value={session}>{children}</Audio>;
}

export function useAudio(): AgentAudio {
  return use(Audio);
}

/** The part of the audio's view that `select` picks; draws again only when that part is another value. */
export function useAudioView<T>(select: (view: AudioView) => T): T {
  const audio = useAudio();
  return useSyncExternalStore(audio.subscribe, () => select(audio.current()));
}
