import type { TFunction } from "i18next";

import type { PathStep } from "../api/live";
import { choiceWords } from "../common/recorded";

/** Steps in which the caller says or presses something; opening hours and look-ups are the machine's own business. */
const CALLERS_STEPS: ReadonlySet<string> = new Set(["menu", "collect"]);

/** What the caller chose on the way, in words: «pressed 2 (billing) · said “invoice”». A step's detail says how the one before it ended. */
export function pathWords(t: TFunction, path: readonly PathStep[]): string {
  const words = path
    .filter((_step, index) => CALLERS_STEPS.has(path[index - 1]?.verb ?? ""))
    .map((step) => step.detail.trim())
    .filter((detail) => detail !== "");
  return words.filter((detail, index) => detail !== words[index - 1]).map((detail) => choiceWords(t, detail)).join(" · ");
}
