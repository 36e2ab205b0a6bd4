import { expect, test } from "vitest";

import type { Colleague, ColleagueList, ColleagueQueue } from "../api/live";
import { i18n } from "../i18n";
import { besides, chosenOf, inShownOrder, keyOf, targetsOf, willOf, type Target, type Way } from "./handOn";

const colleague = (name: string, why_not: Colleague["why_not"] = null): Colleague => ({
  agent_id: `agent_${name}`,
  name,
  state: why_not ?? "available",
  reason: "",
  since: 0,
  until: null,
  skills: [],
  available_for_call: why_not === null,
  why_not,
});
const queue = (name: string, change: Partial<ColleagueQueue> = {}): ColleagueQueue => ({
  queue_id: `queue_${name}`,
  name,
  waiting: 3,
  agents_available: 0,
  expected_p50_s: 25,
  expected_p90_s: 70,
  open: true,
  ...change,
});
const list = (agents: Colleague[], queues: ColleagueQueue[] = []): ColleagueList => ({ agents, queues, agents_found: agents.length, queues_found: queues.length });

function said(way: Way, target: Target): string {
  const will = willOf(way, target, "Dana", "Billing");
  return will.can ? i18n.t(`handOn.will.${will.key}`, will.values) : i18n.t(`handOn.not.${will.key}`, will.values);
}
const agent = (why_not?: NonNullable<Colleague["why_not"]>): Target => ({ kind: "agent", agent: colleague("Jonas", why_not) });
const line = (change: Partial<ColleagueQueue> = {}): Target => ({ kind: "queue", queue: queue("Orders", change) });

test.each<[Way, Target, string]>([
  ["consult", agent(), "Dana hears music. Jonas is called and talks with you alone. You can go back to Dana at any time."],
  ["consult", line({ agents_available: 2 }), "Dana hears music. An available agent in Orders is called. You can go back to Dana at any time."],
  ["consult", line(), "Dana hears music. Nobody in Orders is available yet: expected wait 0:25–1:10. You can go back to Dana at any time."],
  ["transfer", agent(), "Dana hears music until Jonas answers. You leave the call and go to wrap-up. If Jonas doesn't answer, Dana waits in Billing."],
  ["transfer", line(), "Dana waits in Orders, expected 0:25–1:10; time already waited counts. You leave the call and go to wrap-up."],
  ["transfer", line({ expected_p50_s: null, expected_p90_s: null }), "Dana waits in Orders; how long isn't known. Time already waited counts. You leave the call and go to wrap-up."],
])("the sentence above the button is what will happen: %s %#", (way, target, words) => {
  expect(said(way, target)).toBe(words);
});

test.each<[Target, string]>([
  [agent("busy"), "Jonas is on a call and can't be called now. Choose another agent or a queue."],
  [agent("away"), "Jonas is away and can't be called now. Choose another agent or a queue."],
  [agent("wrap_up"), "Jonas is in wrap-up and can't be called yet. Choose another agent or a queue."],
  [line({ open: false, agents_available: 4 }), "Orders is closed now. Choose another queue or an agent."],
])("who cannot be called is told with the reason, whichever way: %#", (target, words) => {
  expect([said("consult", target), said("transfer", target)]).toEqual([words, words]);
});

test("whoever is not found any more is not chosen, and nobody else in their stead", () => {
  const targets = targetsOf(list([colleague("Jonas"), colleague("Priya", "busy")], [queue("Orders")]));
  expect(chosenOf(targets, null)).toBeUndefined();
  expect(chosenOf(targets, "queue_Orders")).toBe(targets[2]);
  expect(chosenOf(targets.slice(0, 2), "queue_Orders")).toBeUndefined();
});

test("arrows go over all of them and stop at the ends", () => {
  const targets = targetsOf(list([colleague("Jonas")], [queue("Orders")]));
  expect(besides(targets, targets[0], 1)).toBe(targets[1]);
  expect(besides(targets, targets[1], 1)).toBe(targets[1]);
  expect(besides(targets, targets[0], -1)).toBe(targets[0]);
  expect(besides([], undefined, 1)).toBeUndefined();
});

test("what changes is shown in its place, and who is new comes last", () => {
  const shown = list([colleague("Jonas"), colleague("Priya", "busy")], [queue("Orders"), queue("Billing")]);
  const found = list([colleague("Priya"), colleague("Ana"), colleague("Jonas", "busy")], [queue("Billing"), queue("Orders")]);
  expect(targetsOf(inShownOrder(shown, found)).map(keyOf)).toEqual(["agent_Jonas", "agent_Priya", "agent_Ana", "queue_Orders", "queue_Billing"]);
  expect(inShownOrder(shown, found).agents[0]?.why_not).toBe("busy");
  expect(inShownOrder(undefined, found)).toBe(found);
});
