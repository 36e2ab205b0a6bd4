import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";

import { openLeg } from "../api/actions";
import type { Me } from "../api/live";
import { maySupervise } from "../app/rights";
import { AgentAudioSession } from "../audio";
import { useLive, useLiveConnection } from "../live/LiveProvider";
import { isInCall } from "../live/selectors";
import { audioOff, type AgentAudio, type AudioView } from "./port";

/** A person who takes no calls and supervises nobody has no audio leg. */
const none: AgentAudio = {
  start: () => undefined,
  rest: () => undefined,
  subscribe: () => () => undefined,
  current: () => audioOff,
  level: () => 0,
  setMuted: () => undefined,
  setSilent: () => undefined,
  sendDigit: () => undefined,
  chooseMicrophone: () => undefined,
  retry: () => undefined,
  resume: () => undefined,
};

const Audio = createContext<AgentAudio>(none);

/**
 * Keeps a person's audio leg whatever page is shown: an agent's for the whole visit, a supervisor's while a conversation is
 * listened to.
 */
export function AudioProvider({ me, children }: { me: Me; children: ReactNode }) {
  if (me.agent_id !== null) return <OwnAudioProvider ownerId={me.agent_id}>{children}</OwnAudioProvider>;
  if (maySupervise(me)) {
    return (
      <OwnAudioProvider ownerId={me.user_id} waits>
        {children}
      </OwnAudioProvider>
    );
  }
  return <Audio value={none}>{children}</Audio>;
}

interface Owned {
  /** Whose it is: an agent's, or of somebody who may have audio without being one. */
  ownerId: string;
  /** For `start`, instead of opening the microphone at once. */
  waits?: boolean;
  children: ReactNode;
}

export function OwnAudioProvider({ ownerId, waits = false, children }: Owned) {
  const connection = useLiveConnection();
  const [session] = useState(
    () =>
      new AgentAudioSession({
        lockName: `patchbay.audio.${ownerId}`,
        exchange: openLeg,
        report: (report) => connection.report(report),
        rests: waits,
      }),
  );
  useEffect(() => {
    if (!waits) session.start();
    return () => session.stop();
  }, [session, waits]);
  const nodes = useLive((state) => state.system?.nodes);
  const busy = useLive(isInCall);
  const legId = useSyncExternalStore(session.subscribe, () => session.current().legId);
  useEffect(() => {
    // Whoever only listens to a call stays until that is over: it would end with the leg.
    if (nodes !== undefined && !(waits && busy)) session.mover.nodesAre(nodes, busy);
  }, [session, waits, nodes, busy, legId]);
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
