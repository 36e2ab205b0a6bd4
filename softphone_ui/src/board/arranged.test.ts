import { expect, test } from "vitest";

import type { Agent, Queue } from "../api/live";
import { arrangedAgents, arrangedQueues, keptOrder, matches, sameOrder, USUAL_AGENTS, USUAL_QUEUES } from "./arranged";

const queue = (id: string, fields: Partial<Queue>): Queue =>
  ({ queue_id: id, name: id, waiting: 0, oldest_since: null, service_level: null, offered: 0, abandoned: 0, agents_available: 0, expected_wait_s: null, ...fields }) as Queue;
const agent = (id: string, fields: Partial<Agent>): Agent => ({ agent_id: id, name: id, state: "available", since: 0, queue_id: null, ...fields }) as Agent;

const QUEUES = [queue("Orders", { waiting: 2, oldest_since: 100, service_level: 0.9 }), queue("Billing", { waiting: 1, oldest_since: 50, service_level: 0.6 }), queue("Älteres", {})];

test("queues are sorted by a column, what was not measured last", () => {
  const by = (view: Partial<typeof USUAL_QUEUES>) => arrangedQueues([...QUEUES], { ...USUAL_QUEUES, ...view }).map((group) => group.ids);
  expect(by({})).toEqual([["Älteres", "Billing", "Orders"], []]);
  expect(by({ column: "waiting", down: true })[0]).toEqual(["Orders", "Billing", "Älteres"]);
  expect(by({ column: "oldest", down: true })[0]).toEqual(["Billing", "Orders", "Älteres"]);
  expect(by({ column: "serviceLevel" })[0]).toEqual(["Billing", "Orders", "Älteres"]);
  expect(by({ column: "serviceLevel", down: true })[0]).toEqual(["Orders", "Billing", "Älteres"]);
  expect(by({ folded: true })).toEqual([["Billing", "Orders"], ["Älteres"]]);
});

test("a filter knows no accents and no case", () => {
  expect(matches("alter", "Älteres")).toBe(true);
  expect(matches("von max", "Maximiliane", "von Hohenlohe")).toBe(true);
  expect(matches("max x", "Maximiliane")).toBe(true);
  expect(matches("zoe", "Maximiliane")).toBe(false);
});

test("agents stand by state, the longest in it first or by name", () => {
  const agents = [agent("Rita", { state: "busy", since: 20 }), agent("Max", { state: "busy", since: 30 }), agent("Omar", { state: "away" }), agent("Gone", { state: "signed_out" })];
  const by = (sort: "longest" | "name", filter = "") => arrangedAgents(agents, { ...USUAL_AGENTS, sort, filter }, () => "Billing").filter((group) => group.ids.length > 0);
  expect(by("longest")).toEqual([{ key: "busy", ids: ["Rita", "Max"] }, { key: "away", ids: ["Omar"] }]);
  expect(by("name")[0]?.ids).toEqual(["Max", "Rita"]);
  expect(by("name", "omar")).toEqual([{ key: "away", ids: ["Omar"] }]);
  expect(by("name", "billing")).toHaveLength(2);
});

test("while somebody points at a list nothing changes its place", () => {
  const before = [{ key: "busy", ids: ["a", "b", "c"] }, { key: "available", ids: ["d"] }];
  const now = [{ key: "busy", ids: ["c", "a", "new"] }, { key: "available", ids: ["b", "d"] }];
  expect(keptOrder(before, now)).toEqual([{ key: "busy", ids: ["a", "b", "c", "new"] }, { key: "available", ids: ["d"] }]);
  expect(keptOrder(before, [{ key: "busy", ids: ["c"] }, { key: "available", ids: [] }])).toEqual([{ key: "busy", ids: ["c"] }, { key: "available", ids: [] }]);
  expect([sameOrder(before, before), sameOrder(before, now)]).toEqual([true, false]);
});
