import type { TFunction } from "i18next";

import en from "../i18n/en.json";

type KnownDisposition = keyof typeof en.wrapUp.dispositions;
type KnownCause = keyof typeof en.cause;

export function dispositionWords(t: TFunction, disposition: string | null): string {
  if (disposition === null || disposition === "") return "";
  return disposition in en.wrapUp.dispositions ? t(`wrapUp.dispositions.${disposition as KnownDisposition}`) : disposition;
}

/** How a call ended, in words; a cause this page does not know is shown as it is. */
export function endWords(t: TFunction, cause: string | null): string {
  if (cause === null || cause === "") return "";
  const key = cause.replace(":", "_");
  return key in en.cause ? t(`cause.${key as KnownCause}`) : cause.replaceAll(/[_:]/g, " ");
}
