import { expect, test } from "vitest";

import board from "../../fixtures/board.json";
import type { Agent, Call, LiveMessage, Party, Queue } from "../api/live";
import { emptyState, reduce, type LiveState } from "./reducer";
import { agentsByState, conversationsNow, lastWords, linesByName, myCalls, partIn, queuesByNeed, wrapUpOf } from "./selectors";
import { rightlySaid, serviceTone, waitTone } from "./tones";

const steps = board.steps as unknown as { name: string; at: number; messages: LiveMessage[] }[];

/** The board's state after everything up to and with the named step. */
function after(name: string): LiveState {
  const told = steps.slice(0, steps.findIndex((step) => step.name === name) + 1);
  return told.reduce((seen, step) => step.messages.reduce((now, message) => reduce(now, message, step.at), seen), emptyState);
}

const state = after("busy");
const line = (at: LiveState, queueId: string): string[] =>
  linesByName(at.queues, at.lines, at.work_items).flatMap(({ queue, waiting }) => (queue.queue_id === queueId ? waiting.map((work) => work.work_id) : []));
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
  const calls = { a: call("a", { state: "wrap_up", wrap_ups: [{ agent_id: "agent_mei", work_id: "w", since: 0, until: null }] }), b: call("b", { state: "held" }), c: call("c", { state: "ringing" }), d: call("d", { agent_id: "agent_x" }) };
  expect(myCalls(calls, "agent_mei").map((each) => each.call_id)).toEqual(["b", "a"]);
  expect(myCalls(calls, null)).toEqual([]);
});

test("red is for what needs action now", () => {
  expect([5, 20, 60].map((waited) => waitTone(waited, 20))).toEqual(["calm", "soon", "late"]);
  expect([0.9, 0.7, 0.5].map(serviceTone)).toEqual(["calm", "soon", "late"]);
});

test("the line is in the server's order, with what rings and without what is in hand", () => {
  expect(line(state, "queue_billing")).toEqual(["work_5", "work_4", "work_6", "work_7", "work_8", "work_9", "work_10"]);
  expect(line(state, "queue_orders")[0]).toBe("work_3");
  expect(line(state, "queue_technical")).toEqual([]);
});

test("with a consultation no customer waits in line", () => {
  const work = state.work_items.work_5;
  if (work === undefined) throw new Error("the fixture has no work_5");
  const works = { ...state.work_items, work_5: { ...work, purpose: "consultation" as const } };
  expect(line({ ...state, work_items: works }, "queue_billing")).not.toContain("work_5");
});

test("what somebody does in a call: has it, helps, writes it up", () => {
  const [some] = Object.values(state.calls);
  if (some === undefined) throw new Error("the fixture has no call");
  const colleague = (state: Party["state"]): Party => ({ party_id: "p", role: "consultant", agent_id: "agent_b", user_id: null, state, mode: "talk", work_id: "w2", since: null, until: null });
  const call: Call = { ...some, state: "held", agent_id: "agent_a", parties: [colleague("joined")] };
  expect(["agent_a", "agent_b", "agent_c", null].map((each) => partIn(call, each))).toEqual(["agent", "colleague", null, null]);
  expect(partIn({ ...call, parties: [colleague("ringing")] }, "agent_b"), "who is only rung has an offer").toBeNull();
  const left: Call = { ...call, agent_id: "agent_b", parties: [], wrap_ups: [{ agent_id: "agent_a", work_id: "w1", since: 0, until: 9 }] };
  expect(["agent_a", "agent_b"].map((each) => partIn(left, each))).toEqual(["wrap_up", "agent"]);
  expect(wrapUpOf(left, "agent_a")?.until).toBe(9);
  const again: Call = { ...left, agent_id: "agent_a" };
  expect(partIn(again, "agent_a"), "who talks in it again writes later").toBe("agent");
});

test("moved, raised and taken out: each is where the server put it", () => {
  expect(line(after("moved"), "queue_returns")).toEqual(["work_7", "work_13", "work_14"]);
  expect(line(after("moved"), "queue_billing")).not.toContain("work_7");
  expect(line(after("raised"), "queue_billing")[0]).toBe("work_9");
  expect(line(after("taken_out"), "queue_billing")).not.toContain("work_8");
});

test("work that was moved stands at the end until the line is told", () => {
  const [work] = Object.values(state.work_items).filter((each) => each.work_id === "work_7");
  if (work === undefined) throw new Error("the fixture lacks it");
  const told = reduce(state, { seq: state.seq + 1, type: "work", work: { ...work, queue_id: "queue_returns" } }, 0);
  expect(line(told, "queue_returns")).toEqual(["work_13", "work_14", "work_7"]);
});

test("the last words are the latest, of either side, finished or not", () => {
  const [call] = Object.values(state.calls).filter((each) => each.call_id === "call_2");
  if (call === undefined) throw new Error("the fixture lacks it");
  const said = { call_id: "call_2", leg_id: "l", utterance: 1, speaker: "agent" as const, start_ms: 0, end_ms: 0, late: false, words: [] };
  expect(lastWords(call, undefined)).toBe("the display shows E4");
  expect(lastWords(call, [{ ...said, text: "have you", at: 9, final: false }, { ...said, utterance: 2, text: "E4 again", at: 8, final: true }])).toBe("have you");
  expect(lastWords(call, [{ ...said, text: "", at: 9, final: false }])).toBe("the display shows E4");
  expect(lastWords(call, [])).toBe("the display shows E4");
});

test("from 85 to 95 of a hundred within the longer wait that was said is right", () => {
  expect([0.84, 0.85, 0.9, 1].map(rightlySaid)).toEqual([false, true, true, true]);
});
