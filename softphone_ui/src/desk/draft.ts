import type { TFunction } from "i18next";

import type { PathStep, Segment } from "../api/live";
import { pathWords } from "./path";

const WORDS_SHOWN = 30;

/** The draft of a summary: what the caller chose and first asked for. The customer's words are theirs; all else is in the reader's language. */
export function summaryDraft(t: TFunction, path: readonly PathStep[], segments: readonly Segment[]): string {
  const words = customersWords(segments);
  if (words === "") return "";
  const chosen = pathWords(t, path);
  return chosen === "" ? t("wrapUp.draftText", { words }) : t("wrapUp.draftTextPath", { path: `${chosen.charAt(0).toUpperCase()}${chosen.slice(1)}`, words });
}

/** The first finished sentences, cut at a word. */
export function customersWords(segments: readonly Segment[]): string {
  const words = segments
    .filter((segment) => segment.final && segment.speaker === "customer")
    .flatMap((segment) => segment.text.trim().split(/\s+/))
    .filter(Boolean);
  const shown = words.slice(0, WORDS_SHOWN).join(" ");
  return words.length > WORDS_SHOWN ? `${shown}…` : shown;
}
