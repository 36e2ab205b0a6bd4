import { expect, test } from "vitest";

import type { Problem } from "../api/configuration";
import { at, freshId, inWords, newAgent, newQueue, nextStep, spansOf, under, withEntry } from "./document";
import { equal } from "./draft";

const problem = (path: Problem["path"], sentence: string): Problem => ({ path, line: null, column: null, sentence, code: "", params: {} });
const PROBLEMS = [problem(["queues", "q", "steps", 1, "after_s"], "too early"), problem(["queues", "q"], "nobody"), problem(["agents", "a"], "?")];

test("a problem stands at its place and counts for everything above it", () => {
  expect(at(PROBLEMS, "queues", "q", "steps", 1, "after_s")).toBe("too early");
  expect(at(PROBLEMS, "queues", "q", "steps", 0, "after_s")).toBeUndefined();
  expect(at(PROBLEMS, "queues", "q")).toBe("nobody");
  expect(under(PROBLEMS, "queues").length).toBe(2);
  expect(under(PROBLEMS, "queues", "q", "steps").length).toBe(1);
});

test("an id is made of the name and never taken twice", () => {
  expect(freshId("queue_", "Billing & more", {})).toBe("queue_billing_more");
  expect(freshId("queue_", "Café", {})).toBe("queue_cafe");
  expect(freshId("queue_", "Billing", { queue_billing: 1, queue_billing_2: 1 })).toBe("queue_billing_3");
  expect(freshId("queue_", "账单", {})).toBe("queue_new");
});

test("one entry changes and the rest is the same", () => {
  const queues = { a: newQueue("A"), b: newQueue("B") };
  const before = { skills: {}, attributes: {}, hours: {}, queues, attention: {}, agents: { m: newAgent("Mei") }, dispositions: [] };
  const after = withEntry(before, "queues", "a", { ...newQueue("A"), priority: 3 });
  expect(after.queues.a?.priority).toBe(3);
  expect(after.queues.b).toBe(before.queues.b);
  expect(after.agents).toBe(before.agents);
  expect(Object.keys(withEntry(before, "queues", "a", undefined).queues)).toEqual(["b"]);
});

test("the next step begins a minute after the last", () => {
  expect(nextStep([]).after_s).toBe(60);
  expect(nextStep([nextStep([])]).after_s).toBe(120);
});

test("hours are read as people type them", () => {
  expect(spansOf("09:00 – 12:30, 13:30-17:00,")).toEqual(["09:00-12:30", "13:30-17:00"]);
  expect(spansOf("")).toEqual([]);
});

test("levels in words", () => expect(inWords({ b: 3, x: 1 }, { b: "Billing" })).toBe("Billing 3, x 1"));

test("equality looks at values, not at the order of names", () => {
  expect(equal({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
  expect(equal({ a: 1 }, { a: 1, b: undefined })).toBe(false);
  expect(equal([1, 2], [2, 1])).toBe(false);
  expect(equal([], {})).toBe(false);
});
