/**
 * Nothing moves under the pointer: while it (or the focus) is inside the list, rows keep their places, new ones are added below,
 * and what was cleared stays where it is, as cleared, until both are elsewhere. Pure.
 */
import type { Entry } from "../../api/live";

/** `held` is the list as it stood when the pointer came; `standing` and `cleared` are what is true now, in order. */
export function steady(held: readonly Entry[], standing: readonly Entry[], cleared: readonly Entry[]): Entry[] {
  const now = new Map([...cleared, ...standing].map((entry) => [entry.entry_id, entry]));
  const before = new Set(held.map((entry) => entry.entry_id));
  const kept = held.map((entry) => now.get(entry.entry_id) ?? entry);
  return [...kept, ...standing.filter((entry) => !before.has(entry.entry_id))];
}

/** The entry before or after; round at both ends. None without entries. */
export function neighbour(entries: readonly Entry[], current: string | null, step: 1 | -1): Entry | undefined {
  const at = entries.findIndex((entry) => entry.entry_id === current);
  if (at < 0) return step === 1 ? entries[0] : entries.at(-1);
  return entries[(at + step + entries.length) % entries.length];
}
