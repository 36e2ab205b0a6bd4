import { useTranslation } from "react-i18next";

import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import type { Reader } from "./popWords";

/** A line of the screen-pop as it reads now; drawn again only when it reads differently. */
export function usePopWords(words: (reader: Reader) => string): string {
  const { t } = useTranslation();
  const locale = useLocale();
  return useNow((now) => words({ t, locale, now }));
}
