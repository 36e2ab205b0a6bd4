/** Which ways through a text some of the simulated calls have taken, and which none has. Pure. */
import type { Simulated, Way } from "../../api/flows";

/** One simulated call of one text. */
export interface Run {
  text: string;
  path: Simulated;
}

const name = (way: Way): string => `${way.step} ${way.to}`;

export function coverageOf(runs: readonly Run[]): { taken: number; missing: Way[] } {
  const taken = new Set(runs.flatMap(({ path }) => path.taken.map(name)));
  const last = runs.at(-1)?.path;
  const missing = (last?.missing ?? []).filter((way) => !taken.has(name(way)));
  return { taken: taken.size, missing };
}
