/** What the forms do to a document, as pure functions. */
import type { AgentRules, Document, Levels, OpeningHours, Path, Problem, QueueRules, StepRules } from "../api/configuration";
import { listed } from "../common/listed";

/** Sections whose entries have ids. */
export type Section = Exclude<keyof Document, "attention" | "dispositions">;

/** One entry of a section replaced (undefined: removed); everything else is shared. */
export function withEntry<S extends Section>(document: Document, section: S, id: string, entry: Document[S][string] | undefined): Document {
  const entries = document[section] as Record<string, unknown>;
  return { ...document, [section]: entry === undefined ? without(entries, id) : { ...entries, [id]: entry } };
}

/** A record without one of its names. */
export function without<T>(record: Record<string, T>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== name));
}

/** An id made of a name, that is not taken: «Billing & more» → queue_billing_more. */
export function freshId(prefix: string, name: string, taken: object): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 40);
  const wanted = `${prefix}${slug || "new"}`;
  if (!(wanted in taken)) return wanted;
  let number = 2;
  while (`${wanted}_${number}` in taken) number += 1;
  return `${wanted}_${number}`;
}

export const newQueue = (name: string): QueueRules => ({
  name,
  requirements: {},
  condition: "",
  strategy: "longest_idle",
  steps: [],
  hours: "",
  priority: 0,
  ageing_per_minute: 1,
  ring_timeout_s: 20,
  wrap_up_limit_s: 60,
  max_wait_s: 3600,
  service_level_s: 20,
  short_abandon_s: 5,
  preferred_agent_s: 30,
  last_agent_days: 0,
  attention: {
    waiting_soon: null,
    waiting_now: null,
    oldest_soon: null,
    oldest_now: null,
    service_level_soon: null,
    service_level_now: null,
    abandoned_soon: null,
    abandoned_now: null,
    least_contacts: null,
    nobody_after_s: null,
  },
});

export const newAgent = (name: string): AgentRules => ({ name, skills: {}, queues: [], attributes: {}, capacity: {}, interruptions: {}, shifts: [] });

export const newHours = (time_zone: string): OpeningHours => ({ time_zone, week: { "mon-fri": ["09:00-17:00"] }, special: {}, holidays: null });

/** The next step begins a minute after the last one. */
export const nextStep = (steps: readonly StepRules[]): StepRules => ({
  after_s: (steps.at(-1)?.after_s ?? 0) + 60,
  requirements: {},
  condition: null,
  overflow_to: null,
});

/** Problems at exactly this place, as one text for a field; undefined when there is none. */
export function at(problems: readonly Problem[], ...path: Path): string | undefined {
  const found = problems.filter((problem) => problem.path.length === path.length && path.every((part, index) => problem.path[index] === part));
  return found.length > 0 ? found.map((problem) => problem.sentence).join(" ") : undefined;
}

/** Problems at this place or below it. */
export function under(problems: readonly Problem[], ...path: Path): Problem[] {
  return problems.filter((problem) => path.every((part, index) => problem.path[index] === part));
}

/** Spans as people type them: «09:00-12:30, 13:30-17:00». */
export const spansOf = (text: string): string[] =>
  text
    .split(/[,;，]/)
    .map((part) => part.trim().replace(/\s*[–—-]\s*/, "-"))
    .filter(Boolean);

export const byName = <T extends { name: string }>(entries: Record<string, T>): [id: string, entry: T][] =>
  Object.entries(entries).sort(([, one], [, other]) => one.name.localeCompare(other.name));

/** «billing 3, english 2» with the names of the skills. */
export const inWords = (levels: Levels, names: Record<string, string>): string =>
  listed(Object.entries(levels).map(([skill, level]) => `${names[skill] ?? skill} ${level}`));
