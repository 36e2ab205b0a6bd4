import type { AudioView } from "./port";

export type Trouble = Exclude<AudioView["phase"], "ready"> | "suspended";

/** What keeps this browser from taking a call, or null. */
export function troubleOf(view: Pick<AudioView, "phase" | "suspended">): Trouble | null {
  if (view.phase !== "ready") return view.phase;
  return view.suspended ? "suspended" : null;
}
