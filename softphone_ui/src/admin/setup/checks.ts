/** What a test call has proved so far. Pure. */
import type { Call } from "../../api/live";

export const CHECKS = ["answers", "waits", "rings", "answered", "sound", "transcript", "recording"] as const;
export type Check = (typeof CHECKS)[number];

/** Quieter than this is no voice: an open microphone in a quiet room is about −60 dBFS. */
const VOICE_DBFS = -50;

/** What holds at this moment; sound comes and goes, so the page adds these up (`reached`). */
export function proved(call: Call): Check[] {
  const { quality } = call;
  const holds: Record<Check, boolean> = {
    answers: call.path.length > 0,
    waits: call.queue_id !== null,
    rings: call.state === "ringing" || call.agent_id !== null,
    answered: call.connected_at !== null && call.agent_id !== null,
    sound: quality !== null && (quality.level_in_dbfs ?? -Infinity) > VOICE_DBFS && (quality.level_out_dbfs ?? -Infinity) > VOICE_DBFS && call.agent_id !== null,
    transcript: call.last_words !== "",
    recording: call.recording === "on",
  };
  return CHECKS.filter((check) => holds[check]);
}

/** Where a call that is over stopped short: the first check that it did not reach; undefined: it did all that matters. */
export function stoppedAt(call: Call, reached: ReadonlySet<Check>): Check | undefined {
  if (call.ended_at === null) return undefined;
  return CHECKS.find((check) => !reached.has(check));
}
