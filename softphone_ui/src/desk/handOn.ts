/**
 * Consulting a colleague or handing a call on: whom one can choose, and the sentence that says exactly what will happen. Pure.
 *
 * Invariant: what is said is said of the chosen one's state at this moment; what cannot be done says why instead.
 */
import type { Colleague, ColleagueList, ColleagueQueue } from "../api/live";
import { waitRange } from "../common/expected";

export type Way = "consult" | "transfer";
export type Target = { readonly kind: "agent"; readonly agent: Colleague } | { readonly kind: "queue"; readonly queue: ColleagueQueue };

export const keyOf = (target: Target): string => (target.kind === "agent" ? target.agent.agent_id : target.queue.queue_id);
export const nameOf = (target: Target): string => (target.kind === "agent" ? target.agent.name : target.queue.name);

/** In the order in which they are shown. */
export function targetsOf(found: Pick<ColleagueList, "agents" | "queues">): readonly Target[] {
  return [...found.agents.map((agent) => ({ kind: "agent", agent }) as const), ...found.queues.map((queue) => ({ kind: "queue", queue }) as const)];
}

/** The chosen one as it is now. Whoever is not found any more is nobody: another one is chosen by the agent alone. */
export function chosenOf(targets: readonly Target[], key: string | null): Target | undefined {
  return targets.find((target) => keyOf(target) === key);
}

/** The one beside it, for the arrow keys; it stops at the ends. */
export function besides(targets: readonly Target[], chosen: Target | undefined, step: 1 | -1): Target | undefined {
  const at = chosen === undefined ? -1 : targets.findIndex((target) => keyOf(target) === keyOf(chosen));
  return targets[Math.min(Math.max(at + step, 0), targets.length - 1)];
}

type WhyNot = NonNullable<Colleague["why_not"]>;
type WillKey = "consultAgent" | "consultQueue" | "consultQueueWait" | "consultQueueUnknown" | "transferAgent" | "transferQueue" | "transferQueueWait" | "transferQueueUnknown";

export type Will =
  | { readonly can: true; readonly key: WillKey; readonly values: Readonly<Record<"customer" | "target" | "queue" | "range", string>> }
  | { readonly can: false; readonly key: WhyNot | "closed"; readonly values: Readonly<Record<"target", string>> };

/** `queue`: where the call's own work is in line, for a colleague who does not answer. */
export function willOf(way: Way, target: Target, customer: string, queue: string): Will {
  const name = nameOf(target);
  if (target.kind === "agent") {
    if (target.agent.why_not !== null) return { can: false, key: target.agent.why_not, values: { target: name } };
    return { can: true, key: `${way}Agent`, values: { customer, target: name, queue, range: "" } };
  }
  if (!target.queue.open) return { can: false, key: "closed", values: { target: name } };
  const range = waitRange(target.queue.expected_p50_s, target.queue.expected_p90_s);
  const key: WillKey = target.queue.agents_available > 0 ? `${way}Queue` : range === null ? `${way}QueueUnknown` : `${way}QueueWait`;
  return { can: true, key, values: { customer, target: name, queue, range: range ?? "" } };
}

/** As it was found now, in the order in which it is shown already: nothing moves under the pointer. New ones come last. */
export function inShownOrder(shown: ColleagueList | undefined, found: ColleagueList): ColleagueList {
  if (shown === undefined) return found;
  return {
    ...found,
    agents: ordered(found.agents, shown.agents, (each) => each.agent_id),
    queues: ordered(found.queues, shown.queues, (each) => each.queue_id),
  };
}

function ordered<T>(now: readonly T[], before: readonly T[], id: (each: T) => string): T[] {
  const place = new Map(before.map((each, index) => [id(each), index]));
  const placeOf = (each: T): number => place.get(id(each)) ?? before.length;
  return [...now].sort((a, b) => placeOf(a) - placeOf(b));
}
