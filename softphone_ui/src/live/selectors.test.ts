import { expect, test } from "vitest";

import board from "../../fixtures/board.json";
import type { Agent, Call, LiveMessage, Queue } from "../api/live";
import { emptyState, reduce } from "./reducer";
import { agentsByState, conversationsNow, myCalls, queuesByNeed } from "./selectors";
import { serviceTone, waitTone } from "./tones";

const [busy] = board.steps as unknown as { at: number; messages: LiveMessage[] }[];
const state = (busy?.messages ?? []).reduce((seen, message) => reduce(seen, message, busy?.at ?? 0), emptyState);
const names = (list: (Agent | Queue)[]): string[] => list.map((each) => each.name);

test("agents stand by state, the longest in it first, without those who are signed out", () => {
  expect(names(agentsByState(state.agents))).toEqual(["Mei Lin", "Jonas Weber", "Pedro Alves", "Rita Lund", "Aisha Khan", "Noor Haddad", "Tom Becker"]);
});

test("the queue that waits longest is the one to glance at", () => {
  expect(names(queuesByNeed(state.queues))[0]).toBe("Billing");
});

test("conversations come before callers who wait, and those before callers in the menu", () => {
  expect(conversationsNow(state.calls).map((call) => call.state)).toEqual(["talking", "talking", "ringing", "waiting", "ivr"]);
});

test("only calls in my hands are my work, a talk before a wrap-up", () => {
  const [some] = Object.values(state.calls);
  if (some === undefined) throw new Error("the fixture has no call");
  const call = (call_id: string, change: Partial<Call>): Call => ({ ...some, agent_id: "agent_mei", call_id, ...change });
  const calls = { a: call("a", { state: "wrap_up" }), b: call("b", { state: "held" }), c: call("c", { state: "ringing" }), d: call("d", { agent_id: "agent_x" }) };
  expect(myCalls(calls, "agent_mei").map((each) => each.call_id)).toEqual(["b", "a"]);
  expect(myCalls(calls, null)).toEqual([]);
});

test("red is for what needs action now", () => {
  expect([5, 20, 60].map((waited) => waitTone(waited, 20))).toEqual(["calm", "soon", "late"]);
  expect([0.9, 0.7, 0.5].map(serviceTone)).toEqual(["calm", "soon", "late"]);
});
