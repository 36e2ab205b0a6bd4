/**
 * What an entry of «Needs attention» says, in the reader's language: the server sends codes, ids and figures. Pure; a test holds
 * the server's codes and these words together.
 */
import type { TFunction } from "i18next";

import type { Checked, Entry, Unknown } from "../../api/live";
import { listed } from "../../common/listed";
import { refusalWords } from "../../common/recorded";
import { processWords } from "../../common/serverWords";
import { declineWords, reasonWords } from "../../common/words";
import { percent } from "../../format/numbers";
import { clock, hourAndMinute, theDay } from "../../format/time";
import en from "../../i18n/en.json";

/** Names of what entries are about, as the live view has them. */
export interface Names {
  queue: (id: string) => string;
  agent: (id: string) => string;
  /** «Away», of an agent; null for one who is not known. */
  stateOf: (id: string) => string | null;
}

export interface Words {
  what: string;
  why: string;
  next: string;
  action: string;
}

type Figures = Entry["figures"];
type Alert = "callback_not_dialled" | "callback_not_allowed" | "callback_limit";
const ALERTS: ReadonlySet<string> = new Set<Alert>(["callback_not_dialled", "callback_not_allowed", "callback_limit"]);

const number = (figures: Figures, name: string): number => Number(figures[name] ?? 0);
const word = (figures: Figures, name: string): string => String(figures[name] ?? "");

export function entryWords(t: TFunction, entry: Entry, names: Names, now: number, locale: string): Words {
  return { what: whatWords(t, entry, names, now, locale), why: whyWords(t, entry, names, locale), next: nextWords(t, entry, locale), action: t(`attention.action.${entry.action.code}`) };
}

/** The headline. */
export function whatWords(t: TFunction, entry: Entry, names: Names, now: number, locale: string): string {
  const { code, figures, subject } = entry;
  const share = (name: string): string => percent(number(figures, name), locale, 0);
  const waited = clock((entry.cleared_at ?? now) - number(figures, "oldest_since"));
  switch (code) {
    case "queue_nobody":
      return t("attention.what.queue_nobody", { count: number(figures, "waiting"), clock: waited });
    case "queue_waiting":
      return t("attention.what.queue_waiting", { queue: names.queue(subject.id), count: number(figures, "waiting") });
    case "queue_oldest":
      return t("attention.what.queue_oldest", { queue: names.queue(subject.id), clock: waited });
    case "queue_service_level":
      return t("attention.what.queue_service_level", { queue: names.queue(subject.id), share: share("share"), limit: share("limit") });
    case "queue_abandoned":
      return t("attention.what.queue_abandoned", { queue: names.queue(subject.id), share: share("share") });
    case "missed_rings":
    case "declined":
      return t(`attention.what.${code}`, { agent: names.agent(subject.id), count: number(figures, "times") });
    case "calls_cut":
      return t("attention.what.calls_cut", { count: number(figures, "times") });
    case "node_full":
      return t("attention.what.node_full", { share: percent(number(figures, "legs") / Math.max(1, number(figures, "max_legs")), locale, 0) });
    case "trunk_down":
      return t("attention.what.trunk_down", { trunk: subject.id });
    case "disk_low":
      return t("attention.what.disk_low", { free: number(figures, "free_gib") });
    case "certificate_ends":
      return t("attention.what.certificate_ends", { date: theDay(number(figures, "ends_at"), locale) });
    case "dead_letters":
    case "places_lost":
      return t(`attention.what.${code}`, { count: number(figures, "count") });
    case "child_keeps_ending":
      return t("attention.what.child_keeps_ending", { process: processWords(t, subject.id) });
    case "flow_not_published":
      return t("attention.what.flow_not_published", { flow: subject.id });
    default:
      return code in en.attention.what ? t(`attention.what.${code as "node_lost"}`) : t("attention.what.other", { code });
  }
}

/** The figures behind it. */
function whyWords(t: TFunction, entry: Entry, names: Names, locale: string): string {
  const { code, figures, subject } = entry;
  const reason = refusalWords(t, word(figures, "reason"));
  switch (code) {
    case "queue_nobody":
      return nobodyWords(t, figures, names.queue(subject.id));
    case "queue_waiting":
      return t("attention.why.threshold", { limit: number(figures, "limit") });
    case "queue_oldest":
      return t("attention.why.promise", { clock: clock(number(figures, "promise_s")), count: number(figures, "waiting") });
    case "queue_service_level":
      return t("attention.why.late", { late: number(figures, "late"), count: number(figures, "contacts") });
    case "queue_abandoned":
      return t("attention.why.abandoned", { gone: number(figures, "abandoned"), count: number(figures, "contacts") });
    case "missed_rings":
    case "declined":
      return notTakenWords(t, entry, names, locale);
    case "calls_cut":
      return [cutWords(t, word(figures, "cause")), t("attention.why.last", { time: hourAndMinute(number(figures, "last_at"), locale) })].filter(Boolean).join(" ");
    case "node_full":
      return t("attention.why.node_full", { legs: number(figures, "legs"), max: number(figures, "max_legs") });
    case "trunk_down":
      return number(figures, "status") === 0 ? t("attention.why.trunk_silent") : t("attention.why.trunk_answers", { status: number(figures, "status") });
    case "certificate_failed":
      return certificateWords(t, word(figures, "problem"));
    case "child_keeps_ending":
      return t("attention.why.child_keeps_ending", { times: number(figures, "times"), how: refusalWords(t, word(figures, "how")) });
    case "recording_stopped":
    case "no_voice":
      return t(`attention.why.${code}`, { reason });
    default:
      if (ALERTS.has(code)) return t("attention.why.given", { reason });
      return code in en.attention.why ? t(`attention.why.${code as "node_lost"}`) : "";
  }
}

function nobodyWords(t: TFunction, figures: Figures, queue: string): string {
  const unreachable = number(figures, "unreachable");
  if (unreachable > 0) return t("attention.why.unreachable", { queue, count: unreachable });
  const away = number(figures, "away");
  return away > 0 ? t("attention.why.away", { queue, count: away }) : t("attention.why.nobody", { queue });
}

function notTakenWords(t: TFunction, { figures, subject }: Entry, names: Names, locale: string): string {
  const time = hourAndMinute(number(figures, "last_at"), locale);
  const queue = word(figures, "queue_id");
  const reason = word(figures, "reason");
  const state = names.stateOf(subject.id);
  return [
    queue === "" ? t("attention.why.last", { time }) : t("attention.why.lastIn", { time, queue: names.queue(queue) }),
    reason === "" ? "" : t("attention.why.reason", { reason: declineWords(t, reasonWords(t, reason)) }),
    state === null ? "" : t("attention.why.state", { state }),
  ]
    .filter(Boolean)
    .join(" ");
}

function certificateWords(t: TFunction, problem: string): string {
  return problem in en.attention.why.certificate_failed ? t(`attention.why.certificate_failed.${problem as "refused"}`) : "";
}

function cutWords(t: TFunction, cause: string): string {
  const name = cause.replace(/^\w+:/, cause === "agent:lost" ? "agent_" : "");
  return name in en.attention.why.cut ? t(`attention.why.cut.${name as keyof typeof en.attention.why.cut}`) : "";
}

/** What happens when nobody does anything; nothing when nothing does. */
function nextWords(t: TFunction, { next }: Entry, locale: string): string {
  switch (next.code) {
    case "leaves":
    case "forgotten":
      return next.at === null ? "" : t(`attention.next.${next.code}`, { time: hourAndMinute(next.at, locale) });
    case "agents_come_free":
      return t("attention.next.agents_come_free", { count: next.count });
    case "restarts":
    case "tries_again":
      return t(`attention.next.${next.code}`);
    default:
      return "";
  }
}

/** «Billing: no figures for 0:40». */
export function unknownWords(t: TFunction, { what, id, since }: Unknown, names: Names, now: number): string {
  const key = what === "trunks" && id !== "" ? "trunk" : what;
  const name = what === "queue" ? names.queue(id) : id;
  return t(`attention.unknown.${key}`, { name, clock: clock(now - since) });
}

/** «8 queues, 30 agents, 2 trunks, 1 node». */
export function checkedWords(t: TFunction, checked: Checked): string {
  const parts = (["queues", "agents", "trunks", "nodes"] as const).filter((part) => part !== "trunks" || checked.trunks > 0);
  return listed(parts.map((part) => t(`attention.checked.${part}`, { count: checked[part] })));
}
