import type { TFunction } from "i18next";

import en from "../i18n/en.json";

type KnownReason = keyof typeof en.state.reason;

/** A reason for a state: known ones in the reader's language, others as they were given. */
export function reasonWords(t: TFunction, reason: string): string {
  return reason in en.state.reason ? t(`state.reason.${reason as KnownReason}`) : reason;
}
