/**
 * What is wrong with a text that people write (a flow, routing, a number), in the reader's language: `core/problems.py` has the
 * codes and their English; `tests/ui/test_mistakes.py` holds the words of both sides together.
 */
import type { TFunction } from "i18next";

import type { Mistake } from "../api/client";
import en from "../i18n/en.json";

type KnownMistake = keyof typeof en.mistakes.of;
type KnownKind = keyof typeof en.mistakes.kind;

/** Parameters that hold names of kinds, with commas between them. */
const OF_KINDS = new Set(["kinds", "use"]);

/** Without the word that may have been meant: an editor offers it beside. */
export function mistakeWords(t: TFunction, { code, params, sentence }: Mistake): string {
  if (!(code in en.mistakes.of)) return sentence.startsWith("`") ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1);
  const told = Object.entries(params).map(([name, value]) => [name, OF_KINDS.has(name) ? kindWords(t, String(value)) : value]);
  return t(`mistakes.of.${code as KnownMistake}`, Object.fromEntries(told) as Record<string, unknown>);
}

/** With it: «There is no queue “biling”. Did you mean “billing”?» */
export function wholeMistakeWords(t: TFunction, mistake: Mistake): string {
  const { instead } = mistake.params;
  const words = mistakeWords(t, mistake);
  return instead === undefined || !(mistake.code in en.mistakes.of) ? words : t("mistakes.near", { words, instead });
}

const kindWords = (t: TFunction, kinds: string): string =>
  kinds
    .split(",")
    .map((kind) => (kind in en.mistakes.kind ? t(`mistakes.kind.${kind as KnownKind}`) : kind))
    .join(t("mistakes.or"));
