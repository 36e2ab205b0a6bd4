/**
 * What stands in storage in the server's English (the menu path, titles of history) and what a node answers, in the reader's
 * language: `stored.json` has the sentences of this release and of those before by the key of their translation; their names are
 * what they are about. What fits none was written by people and stays as it is. `tests/ui/test_contract.py` holds the server to it.
 */
import type { TFunction } from "i18next";

import en from "../i18n/en.json";
import stored from "./stored.json";

type Parts = Readonly<Record<string, string>>;

const patterns = new Map<string, RegExp>();

function pattern(text: string): RegExp {
  const known = patterns.get(text);
  if (known !== undefined) return known;
  const source = text.replaceAll(/[\\^$.*+?()|[\]]/g, String.raw`\$&`).replaceAll(/\{\{(\w+)\}\}/g, "(?<$1>.+)");
  const made = new RegExp(`^${source}$`);
  patterns.set(text, made);
  return made;
}

/** The key of this sentence, and the parts that fill it. */
function fitting<Key extends string>(texts: Readonly<Record<Key, readonly string[]>>, sentence: string): [Key, Parts] | null {
  for (const key of Object.keys(texts) as Key[]) {
    for (const text of texts[key]) {
      const found = pattern(text).exec(sentence);
      if (found !== null) return [key, found.groups ?? {}];
    }
  }
  return null;
}

/** What a caller chose: «chose 2 (billing)». */
export function choiceWords(t: TFunction, detail: string): string {
  const found = fitting(stored.path, detail);
  if (found === null) return detail;
  const [code, { key = "", name = "", words = "", digits = "" }] = found;
  return t(`path.${code}`, { key, name, words, digits });
}

/** «9 min», as the server writes how long something took. */
function lengthWords(t: TFunction, text: string): string {
  const found = fitting(stored.duration, text);
  return found === null ? text : t(`duration.${found[0]}`, { n: found[1].n ?? "" });
}

type KnownDisposition = keyof typeof en.wrapUp.dispositions;

/** The title or the text of a row of history. */
export function recordedWords(t: TFunction, text: string): string {
  if (text in en.wrapUp.dispositions) return t(`wrapUp.dispositions.${text as KnownDisposition}`);
  const found = fitting(stored.recorded, text);
  if (found === null) return choiceWords(t, text);
  return t(`recorded.${found[0]}`, found[1].wait === undefined ? {} : { wait: lengthWords(t, found[1].wait) });
}

/** Why a node did not take a leg, a number is not called, a recording stopped, or how a process ended. */
export function refusalWords(t: TFunction, reason: string): string {
  const found = fitting(stored.refusal, reason);
  if (found === null) return reason;
  const { legs = "", name = "", signal = "", status = "" } = found[1];
  return t(`refusal.${found[0]}`, { legs, name, signal, status });
}

/** Why a webhook or an e-mail was given up. */
export function undeliveredWords(t: TFunction, reason: string): string {
  const found = fitting(stored.undelivered, reason);
  if (found === null) return reason;
  const { status = "", name = "", seconds = "" } = found[1];
  return t(`undelivered.${found[0]}`, { status, name, seconds });
}
