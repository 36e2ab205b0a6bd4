import { clock } from "../format/time";
import { waitTone, type Tone } from "./tones";
import { useNow } from "./useNow";

/** How long since then, as a running clock: «4:12»; null while there is no such moment. */
export function useRunning(since: number): string;
export function useRunning(since: number | null): string | null;
export function useRunning(since: number | null): string | null {
  return useNow((now) => (since === null ? null : clock(now - since)));
}

/** How urgent a wait since then is. */
export function useWaitTone(since: number | null, promiseS: number): Tone {
  return useNow((now) => (since === null ? "calm" : waitTone(now - since, promiseS)));
}
