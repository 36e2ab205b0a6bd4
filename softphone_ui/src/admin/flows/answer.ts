import type { CallerAnswer } from "../../api/flows";

/** What is typed as an answer: keys where it is nothing else, words otherwise; null for nothing. */
export function answerFrom(typed: string): CallerAnswer | null {
  const text = typed.trim();
  if (text === "") return null;
  return /^[0-9*#]{1,40}$/.test(text) ? { kind: "keys", keys: text } : { kind: "phrase", phrase: text };
}
