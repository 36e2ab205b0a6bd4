/** What an installation still needs before its first call, told from what is there. Pure. */
import type { Document } from "../../api/configuration";
import type { FlowSummary } from "../../api/flows";
import type { CallRecord } from "../../api/live";
import type { NumberRule } from "../../api/numbers";
import type { Installation } from "../../api/settings";
import { listed } from "../../common/listed";
import { NEW } from "../asked";
import { served } from "../people/routing";

export type StepName = "company" | "people" | "queue" | "flow" | "number" | "call";
/** `inside`: it works, but not for callers from outside. `broken`: it was there and does not do. */
export type StepState = "done" | "inside" | "broken" | "open";

export interface Facts {
  company: Installation;
  people: { active: number; invited: number };
  document: Document;
  /** What is changed and not published. */
  draft: Document | null;
  flows: readonly FlowSummary[];
  numbers: readonly NumberRule[];
  trunks: number;
  calls: readonly CallRecord[];
}

export interface Step {
  name: StepName;
  state: StepState;
  /** Which sentence says how it stands: `setup.<name>.<says>`. */
  says: string;
  params: Record<string, string | number>;
  /** Where it is done. */
  href: string;
}

export function stepsOf(facts: Facts): Step[] {
  return [company(facts), people(facts), queue(facts), flow(facts), number(facts), call(facts)];
}

/** Counts as done on the way to the first call. */
export const isDone = (step: Step): boolean => step.state === "done" || step.state === "inside";

/** The one step with the filled button. */
export const nextOf = (steps: readonly Step[]): Step | undefined => steps.find((step) => step.state === "broken") ?? steps.find((step) => !isDone(step)) ?? steps.find((step) => step.state === "inside");

/** A number that a caller hears a flow at; undefined: none. */
export function callable({ numbers, flows }: Pick<Facts, "numbers" | "flows">): string | undefined {
  const live = new Set(flows.filter((each) => each.published !== null).map((each) => each.flow_id));
  return numbers.find((rule) => live.has(rule.flow_id) && /^\+?\d+$/.test(rule.number))?.number;
}

/** Always done: without a name of its own it has the product's, and that can be changed at any time. */
function company({ company: { name, time_zone, language } }: Facts): Step {
  return { name: "company", state: "done", says: language === "zh" ? "chinese" : "english", params: { name, zone: time_zone }, href: "" };
}

function people({ people: { active, invited }, document }: Facts): Step {
  const agents = Object.values(document.agents);
  const href = `/admin/people/${NEW}`;
  if (agents.length === 0) return { name: "people", state: "open", says: active + invited > 1 ? "nobodyAnswers" : "onlyYou", params: {}, href };
  return { name: "people", state: "done", says: invited > 0 ? "doneInvited" : "done", params: { names: firstNames(agents.map((agent) => agent.name)), invited }, href };
}

function queue({ document, draft }: Facts): Step {
  const queues = Object.entries(document.queues);
  const first = queues[0];
  const drafted = Object.entries(draft?.queues ?? {})[0];
  if (first === undefined && drafted !== undefined) return { name: "queue", state: "open", says: "draft", params: { queue: drafted[1].name }, href: `/admin/queues/${drafted[0]}` };
  if (first === undefined) return { name: "queue", state: "open", says: "none", params: {}, href: "/admin/queues" };
  const answered = queues.map(([id, rules]) => ({ id, rules, by: Object.values(document.agents).filter((agent) => served(document, agent.skills).includes(rules.name)) }));
  const works = answered.find(({ by }) => by.length > 0);
  if (works === undefined) return { name: "queue", state: "broken", says: "nobody", params: { queue: first[1].name }, href: `/admin/queues/${first[0]}` };
  return { name: "queue", state: "done", says: "done", params: { queue: works.rules.name, names: firstNames(works.by.map((agent) => agent.name)) }, href: `/admin/queues/${works.id}` };
}

function flow({ flows }: Facts): Step {
  const live = flows.find((each) => each.published !== null);
  if (live?.published) return { name: "flow", state: "done", says: "done", params: { flow: live.name, version: live.published.version }, href: `/admin/flows/${live.flow_id}` };
  const draft = flows[0];
  if (draft !== undefined) return { name: "flow", state: "open", says: "draft", params: { flow: draft.name }, href: `/admin/flows/${draft.flow_id}` };
  return { name: "flow", state: "open", says: "none", params: {}, href: `/admin/flows/${NEW}` };
}

function number(facts: Facts): Step {
  const works = callable(facts);
  if (works === undefined) {
    const none = facts.numbers.length === 0;
    return { name: "number", state: none ? "open" : "broken", says: none ? "none" : "leadsNowhere", params: {}, href: none ? `/admin/numbers/${NEW}` : "/admin/numbers" };
  }
  if (facts.trunks === 0) return { name: "number", state: "inside", says: "inside", params: { number: works }, href: "/admin/trunks" };
  return { name: "number", state: "done", says: "done", params: { number: works, count: facts.numbers.length }, href: "/admin/numbers" };
}

function call({ calls, ...facts }: Facts): Step {
  const answered = calls.find((each) => each.connected_at !== null && each.agent_id !== null);
  const number = callable(facts) ?? "";
  if (answered === undefined) return { name: "call", state: "open", says: "none", params: { number }, href: "" };
  return { name: "call", state: "done", says: "done", params: { name: answered.agent_name ?? "", number: answered.called }, href: `/calls/${answered.call_id}` };
}

/** The first three names. */
function firstNames(names: readonly string[]): string {
  const shown = listed(names.slice(0, 3));
  return names.length > 3 ? `${shown}, +${names.length - 3}` : shown;
}
