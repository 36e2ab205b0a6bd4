/** 0.5, 1, 2, 4, 8, then 10 s: how long to wait before the next try of a leg. */
export function backOffMs(attempt: number): number {
  return Math.min(10_000, 500 * 2 ** attempt);
}

/** After so many failures in a row people are told that it does not work, while the tries go on. */
export const TRIES_BEFORE_FAILED = 4;
/** A leg that lived so long was a success: the next loss starts counting anew. Two browsers of one agent, which replace each other's
 * legs, never reach it and slow down. */
export const STEADY_AFTER_MS = 10_000;
/** An answer without a connection after this time is a failure. */
export const CONNECT_WITHIN_MS = 10_000;
