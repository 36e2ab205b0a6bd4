import { i18n } from "../i18n";

/** One after the other, as the reader's language writes them: «Billing, Orders», «账单、订单». */
export const listed = (words: readonly string[]): string => words.join(i18n.t("app.between"));
