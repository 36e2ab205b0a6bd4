/** What the screens need of the agent's audio; `src/audio/` fulfils it, and a page without a microphone fulfils it by saying so. */

export type AudioPhase =
  | "off"
  | "starting"
  | "ready"
  | "reconnecting"
  | "denied"
  | "no_microphone"
  | "other_tab"
  | "failed";

export interface Microphone {
  id: string;
  label: string;
}

export interface AudioView {
  readonly phase: AudioPhase;
  readonly muted: boolean;
  /** Of the leg that is connected; null while there is none. */
  readonly legId: string | null;
  /** The browser holds the sound back until somebody clicks. */
  readonly suspended: boolean;
  readonly roundTripMs: number | null;
  readonly jitterMs: number;
  readonly lossShare: number;
  readonly microphones: readonly Microphone[];
  readonly microphoneId: string | null;
}

export interface AgentAudio {
  /** Opens microphone and leg, where that waits for a reason. Harmless when they are open. */
  start(): void;
  /** Nothing needs them now: closes both where they wait for a reason. An agent's stay. */
  rest(): void;
  readonly subscribe: (listener: () => void) => () => void;
  /** The same object until something changes. */
  readonly current: () => AudioView;
  /** Loudness of the microphone at this moment, 0…1. Nothing tells of its changes: a meter asks as often as it draws. */
  readonly level: () => number;
  setMuted(muted: boolean): void;
  /** Nothing of the microphone is sent, whatever the person has muted: for whoever only listens. */
  setSilent(silent: boolean): void;
  sendDigit(digit: string): void;
  chooseMicrophone(id: string): void;
  /** Tries again after a refusal, or takes the audio over from another tab. */
  retry(): void;
  /** Turns the sound on after a click, when the browser held it back. */
  resume(): void;
}

export const audioOff: AudioView = {
  phase: "off",
  muted: false,
  legId: null,
  suspended: false,
  roundTripMs: null,
  jitterMs: 0,
  lossShare: 0,
  microphones: [],
  microphoneId: null,
};
