import { describe, expect, it } from "vitest";

import { Deafness, DEAF_AFTER_MS, movesAfterMs, type MediaNode } from "./moving";

const node = (node_id: string, state: MediaNode["state"] = "up", legs = 0): MediaNode => ({ node_id, state, legs, max_legs: 10 });

describe("when a leg moves to another node", () => {
  it.each<[string, readonly MediaNode[], boolean, number | null]>([
    ["its node is well", [node("a"), node("b")], false, null],
    ["nothing is known of its node", [node("b")], false, null],
    ["another one is drained", [node("a"), node("b", "draining")], false, null],
    ["its node is drained, idle desks first", [node("a", "draining"), node("b")], false, 400],
    ["and busy ones after them", [node("a", "draining"), node("b")], true, 1400],
    ["also when nothing else was left there", [node("a", "drained"), node("b")], false, 400],
    ["it has nowhere to go", [node("a", "draining")], false, null],
    ["the other one is full", [node("a", "draining"), node("b", "up", 10)], false, null],
    ["the other one is lost", [node("a", "draining"), node("b", "lost")], false, null],
    ["its node is lost", [node("a", "lost"), node("b")], true, 100],
    ["its node is lost and nobody else is known yet", [node("a", "lost")], false, 100],
  ])("%s", (_, nodes, busy, after) => {
    expect(movesAfterMs("a", nodes, busy, 0.5)).toBe(after);
  });

  it("is never later than three seconds", () => {
    expect(movesAfterMs("a", [node("a", "draining"), node("b")], true, 1)).toBeLessThan(3000);
  });
});

describe("a leg that hears nothing", () => {
  it("is noticed once, and again after sound has come back", () => {
    const deafness = new Deafness();
    expect(deafness.look(null, 0)).toBe(false);
    expect(deafness.look(160, 10_000)).toBe(false);
    expect(deafness.look(320, 10_400)).toBe(false);
    expect(deafness.look(320, 10_400 + DEAF_AFTER_MS - 1)).toBe(false);
    expect(deafness.look(320, 10_400 + DEAF_AFTER_MS)).toBe(true);
    expect(deafness.look(320, 60_000)).toBe(false);
    expect(deafness.look(480, 61_000)).toBe(false);
    expect(deafness.look(480, 61_000 + DEAF_AFTER_MS)).toBe(true);
  });
});
