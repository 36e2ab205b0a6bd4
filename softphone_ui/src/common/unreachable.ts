import type { TFunction } from "i18next";

import en from "../i18n/en.json";

type Known = keyof typeof en.unreachable;

/** Why an agent cannot be given calls, in the reader's language. Decisions of 0.1 hold a sentence, which stays as it was written. */
export function unreachableWords(t: TFunction, reason: string): string {
  return reason in en.unreachable ? t(`unreachable.${reason as Known}`) : reason;
}
