import type { Segment } from "../api/live";

const WORDS_SHOWN = 30;

/** What the customer first asked for, as the draft of a summary: the first finished sentences, cut at a word. */
export function customersWords(segments: readonly Segment[]): string {
  const words = segments
    .filter((segment) => segment.final && segment.speaker === "customer")
    .flatMap((segment) => segment.text.trim().split(/\s+/))
    .filter(Boolean);
  const shown = words.slice(0, WORDS_SHOWN).join(" ");
  return words.length > WORDS_SHOWN ? `${shown}…` : shown;
}
