/** What people see of the audio, decided from the facts. Pure. */
import type { AudioReport } from "../api/live";
import type { AudioPhase } from "../audio-port/port";
import { TRIES_BEFORE_FAILED } from "./backOff";
import type { LegState } from "./leg";
import type { MicrophoneTrouble } from "./microphone";

export interface Situation {
  readonly running: boolean;
  /** Whether this tab may have the audio; null while that is not known. */
  readonly owner: boolean | null;
  readonly microphoneTrouble: MicrophoneTrouble | null;
  readonly leg: LegState | null;
  /** A leg has been connected since the audio was turned on. */
  readonly wasConnected: boolean;
  readonly failures: number;
}

export function phaseOf(situation: Situation): AudioPhase {
  if (!situation.running) return "off";
  if (situation.owner === false) return "other_tab";
  if (situation.microphoneTrouble !== null) return situation.microphoneTrouble;
  if (situation.leg === "connected") return "ready";
  if (situation.failures >= TRIES_BEFORE_FAILED) return "failed";
  return situation.wasConnected || situation.failures > 0 ? "reconnecting" : "starting";
}

/** The microphone as the server should know it. A person's own mute is no trouble; the system's is. */
export function microphoneWord(
  trouble: MicrophoneTrouble | null,
  track: Pick<MediaStreamTrack, "readyState" | "muted"> | null,
): AudioReport["microphone"] {
  if (trouble === "denied") return "denied";
  if (track === null || track.readyState === "ended") return "ended";
  return track.muted ? "muted" : "live";
}
