/**
 * The screen-pop's lines in the reader's language: the server sends codes with facts (`customers/sentences.py`), here are the words.
 * Pure. `popWords.examples.json` is made from the server's rules; both languages are tested against it.
 */
import type { TFunction } from "i18next";

import type { Customer, Params, Pop, WhyLine } from "../api/live";
import { choiceWords, recordedWords } from "../common/recorded";
import { clockOfDay, roughly } from "../format/time";
import en from "../i18n/en.json";

/** By whom and from when the words are read. */
export interface Reader {
  t: TFunction;
  locale: string;
  now: number;
  /** The browser's own when not given. */
  zone?: string;
}

type Sentence = (reader: Reader, params: Params) => string;

const text = (params: Params, name: string): string => String(params[name] ?? "");
const has = (params: Params, name: string): boolean => name in params;
const when = ({ locale, now, zone }: Reader, params: Params, name: string): string => clockOfDay(Number(params[name]), now, locale, zone);
const age = (reader: Reader, params: Params, name: string): string => lengthOf(reader, reader.now - Number(params[name]));

function lengthOf({ t }: Reader, seconds: number): string {
  const { n, unit } = roughly(seconds);
  return t(`duration.${unit}`, { n });
}

/** «Ticket #20391». */
function thing({ t }: Reader, params: Params): string {
  const code = text(params, "channel");
  const channel = code in en.channel ? t(`channel.${code as keyof typeof en.channel}`) : code;
  return has(params, "number") ? t("pop.numbered", { channel, number: text(params, "number") }) : channel;
}

/** «Ticket #20391 “Charged twice”». */
function titled(reader: Reader, params: Params): string {
  const name = thing(reader, params);
  return has(params, "title") ? reader.t("pop.titled", { thing: name, title: recordedWords(reader.t, text(params, "title")) }) : name;
}

/** «Chat yesterday 16:02». */
const dated = (reader: Reader, params: Params): string => reader.t("pop.dated", { thing: titled(reader, params), when: when(reader, params, "at") });

const capital = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

function newcomer(code: "new_number" | "new_caller" | "no_number" | "withheld"): Sentence {
  return ({ t }, params) => t(`pop.${code}`, { name: has(params, "name") ? t("pop.saysName", { name: text(params, "name") }) : t("pop.askName") });
}

function promise(code: "promised" | "promised_late"): Sentence {
  return (reader, params) => {
    const said = reader.t(`pop.${code}`, { when: when(reader, params, "due_at"), age: age(reader, params, "due_at") });
    return has(params, "text") ? reader.t("pop.about", { said, text: recordedWords(reader.t, text(params, "text")) }) : said;
  };
}

function left(code: "left_unanswered" | "missed" | "missed_several"): Sentence {
  return (reader, params) => {
    const what =
      code === "missed_several"
        ? reader.t("pop.missed_several", { calls: text(params, "count"), when: when(reader, params, "at") })
        : dated(reader, params);
    return has(params, "waited_s") ? reader.t("pop.leftAfter", { what, wait: lengthOf(reader, Number(params.waited_s)) }) : reader.t(`pop.${code === "left_unanswered" ? code : "missed"}`, { what });
  };
}

function replied(reader: Reader, params: Params): string {
  const said = reader.t("pop.replied", { what: titled(reader, params), when: when(reader, params, "since") });
  return has(params, "text") ? reader.t("pop.quoted", { said, text: text(params, "text") }) : said;
}

function nth({ t }: Reader, params: Params): string {
  const number = Number(params.count);
  if (number === 2) return t("pop.nth.second");
  return number === 3 ? t("pop.nth.third") : t("pop.nth.other", { number });
}

const SENTENCES: Readonly<Record<string, Sentence>> = {
  new_number: newcomer("new_number"),
  new_caller: newcomer("new_caller"),
  no_number: newcomer("no_number"),
  withheld: newcomer("withheld"),
  several: ({ t }) => t("pop.several"),
  nameless: ({ t }) => t("pop.nameless"),
  promised: promise("promised"),
  promised_late: promise("promised_late"),
  never_answered: (reader, p) => reader.t("pop.never_answered", { what: titled(reader, p), age: age(reader, p, "at") }),
  last_answered: (reader, p) => reader.t("pop.last_answered", { what: titled(reader, p), age: age(reader, p, "at"), when: when(reader, p, "answered_at") }),
  left_unanswered: left("left_unanswered"),
  missed: left("missed"),
  missed_several: left("missed_several"),
  replied,
  chose: ({ t }, p) => {
    const choice = capital(choiceWords(t, text(p, "choice")));
    return has(p, "queue") ? t("pop.choseAndWaits", { choice, queue: text(p, "queue") }) : t("pop.chose", { choice });
  },
  waits: ({ t }, p) => t("pop.waits", { queue: text(p, "queue") }),
  calls_again: (reader, p) => reader.t("pop.calls_again", { nth: nth(reader, p) }),
  calls_often: ({ t }, p) => t("pop.calls_often", { calls: text(p, "count") }),
  last_contact: (reader, p) => {
    const what = dated(reader, p);
    return has(p, "by") ? reader.t("pop.lastContactWith", { what, by: text(p, "by") }) : reader.t("pop.last_contact", { what });
  },
  start_with: (reader, p) => reader.t("pop.start_with", { thing: thing(reader, p) }),
  ask_helped: (reader, p) => reader.t("pop.ask_helped", { thing: thing(reader, p) }),
  answer_reply: (reader, p) => reader.t("pop.answer_reply", { thing: thing(reader, p) }),
  sorry_late: ({ t }) => t("pop.sorry_late"),
  settles: ({ t }) => t("pop.settles"),
  sorry_unanswered: (reader, p) => reader.t("pop.sorry_unanswered", { thing: thing(reader, p).toLowerCase() }),
  thank: ({ t }) => t("pop.thank"),
  ask_left_open: (reader, p) => reader.t("pop.ask_left_open", { when: when(reader, p, "at") }),
  from_number: ({ t }) => t("pop.from_number"),
  from_record: ({ t }) => t("pop.from_record"),
  from_menu: ({ t }) => t("pop.from_menu"),
  from_queue: ({ t }) => t("pop.from_queue"),
  from_calls: ({ t }) => t("pop.from_calls"),
  from_item: (reader, p) => reader.t("pop.from_item", { thing: thing(reader, p).toLowerCase() }),
};

/** `said` is the server's English, for a code that this page does not know and for what another system wrote. */
export function sentence(reader: Reader, code: string | undefined, params: Params | undefined, said: string): string {
  const words = code === undefined ? undefined : SENTENCES[code];
  return words === undefined ? said : words(reader, params ?? {});
}

export const lineWords = (reader: Reader, line: WhyLine): string => sentence(reader, line.code, line.params, line.text);
export const sourceWords = (reader: Reader, line: WhyLine): string => sentence(reader, line.source_code, line.params, line.source);
export const adviceWords = (reader: Reader, pop: Pop): string => sentence(reader, pop.suggestion_code, pop.suggestion_params, pop.suggestion ?? "");

type KnownSure = Exclude<keyof typeof en.sure, "kind" | "shared_one" | "shared_other"> | "shared";

/** By what we are sure that it is this customer. */
export function sureWords(t: TFunction, customer: Pick<Customer, "certainty_by" | "certainty_code" | "certainty_params">): string {
  const { certainty_by: said, certainty_code: code, certainty_params: params } = customer;
  if (!(code in en.sure) && code !== "shared") return said;
  const kind = text(params, "kind");
  return t(`sure.${code as KnownSure}`, { by: text(params, "by"), count: Number(params.count ?? 0), kind: kind in en.sure.kind ? t(`sure.kind.${kind as keyof typeof en.sure.kind}`) : kind });
}
