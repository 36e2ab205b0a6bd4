import { createContext, use, useSyncExternalStore, type ReactNode } from "react";

import { audioOff, type AgentAudio, type AudioView } from "./port";

const silent: AgentAudio = {
  subscribe: () => () => undefined,
  current: () => audioOff,
  setMuted: () => undefined,
  sendDigit: () => undefined,
  chooseMicrophone: () => undefined,
  retry: () => undefined,
  resume: () => undefined,
};

const Audio = createContext<AgentAudio>(silent);

/** Keeps the agent's audio leg for the whole visit; a person who is no agent has none. */
export function AudioProvider({ children }: { agentId: string | null; children: ReactNode }) {
  return <Audio value={silent}>{children}</Audio>;
}

export function useAudio(): AgentAudio {
  return use(Audio);
}

/** The part of the audio's view that `select` picks. */
export function useAudioView<T>(select: (view: AudioView) => T): T {
  const audio = useAudio();
  return useSyncExternalStore(audio.subscribe, () => select(audio.current()));
}
