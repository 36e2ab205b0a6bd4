import { describe, expect, test } from "vitest";

import board from "../../fixtures/board.json";
import desk from "../../fixtures/desk.json";
import type { LiveMessage, Segment } from "../api/live";
import { emptyState, reduce, type LiveState } from "./reducer";

interface Step {
  name: string;
  at: number;
  messages: LiveMessage[];
}

const steps = desk.steps as unknown as Step[];

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the fixture lacks it");
  return value;
}

/** The desk's state after everything up to and with the named step. */
function after(name: string, state = emptyState): LiveState {
  const until = steps.findIndex((step) => step.name === name);
  return steps.slice(0, until + 1).reduce((seen, step) => step.messages.reduce((now, message) => reduce(now, message, step.at), seen), state);
}

describe("an agent's call", () => {
  test("before the snapshot there is nothing to show", () => {
    expect(emptyState.ready).toBe(false);
    expect(after("available").ready).toBe(true);
  });

  test("an offer brings the screen-pop with it, before the call is answered", () => {
    const state = after("offered");
    expect(Object.keys(state.offers)).toEqual(["offer_1"]);
    expect(state.pops.int_call_1?.customer.name).toBe("Dana Whitfield");
    expect(state.calls.call_1?.state).toBe("ringing");
  });

  test("an accepted offer is gone and says how it ended", () => {
    const state = after("answered");
    expect(state.offers).toEqual({});
    expect(state.lastOfferEnd).toMatchObject({ offerId: "offer_1", cause: "accepted" });
  });

  test("partial words are replaced by their final, both sides in the order they spoke", () => {
    const said = after("talking").segments.call_1 ?? [];
    expect(said.map((segment) => [segment.speaker, segment.final])).toEqual([
      ["customer", true],
      ["agent", true],
      ["customer", true],
      ["customer", false],
    ]);
  });

  test("a queue that is given up leaves with its line", () => {
    const state = after("available");
    const seq = state.seq + 1;
    const next = reduce(state, { seq, type: "queue_removed", queue_id: "queue_billing" }, 0);
    expect(state.queues.queue_billing?.name).toBe("Billing");
    expect(next.queues.queue_billing).toBeUndefined();
    expect(next.lines.queue_billing).toBeUndefined();
  });

  test("an agent who is no longer configured leaves the board", () => {
    const state = after("available");
    const next = reduce(state, { seq: state.seq + 1, type: "agent_removed", agent_id: "agent_mei" }, 0);
    expect(state.agents.agent_mei?.name).toBe("Mei Lin");
    expect(next.agents.agent_mei).toBeUndefined();
  });

  test("a removed call takes its words and its pop along", () => {
    const state = after("done");
    expect(state.calls).toEqual({});
    expect(state.segments).toEqual({});
    expect(state.pops).toEqual({});
    expect(state.agents.agent_mei?.handled_today).toBe(24);
  });
});

describe("words", () => {
  const final: Segment = { ...partial("charged twice"), final: true };

  function partial(text: string): Segment {
    return {
      call_id: "call_9",
      leg_id: "leg_9",
      utterance: 4,
      speaker: "customer",
      text,
      start_ms: 100,
      end_ms: 900,
      at: 0,
      final: false,
      late: false,
      words: [],
    };
  }

  test("a partial that arrives after its final does not take the words back", () => {
    const base = after("available");
    const told = [final, partial("charged")].reduce(
      (state, segment) => reduce(state, { seq: state.seq + 1, type: "segment", segment }, 1),
      base,
    );
    expect(told.segments.call_9).toEqual([final]);
  });

  test("a better final written after the call replaces the first one", () => {
    const late = { ...final, text: "charged twice for it", late: true };
    const told = [final, late].reduce((state, segment) => reduce(state, { seq: state.seq + 1, type: "segment", segment }, 1), after("available"));
    expect(told.segments.call_9).toEqual([late]);
  });
});

describe("the line", () => {
  const talking = after("talking");

  test("a resumed connection goes on where it was", () => {
    const resumed = reduce(talking, { seq: talking.seq, type: "hello", epoch: "e1", resumed: true, at: 5 }, 5);
    expect(resumed.segments).toBe(talking.segments);
    expect(resumed.gap).toBe(false);
  });

  test("a restarted server tells everything anew and nothing old stays", () => {
    const hello = reduce(talking, { seq: 0, type: "hello", epoch: "e2", resumed: false, at: 5 }, 5);
    const snapshot = given(steps[0]?.messages[1]);
    const state = reduce(hello, { ...snapshot, seq: 1 }, 5);
    expect(state.epoch).toBe("e2");
    expect(state.calls).toEqual({});
    expect(state.seq).toBe(1);
  });

  test("a missing message is noticed and nothing after it is believed", () => {
    const agent = given(talking.agents.agent_mei);
    const state = reduce(talking, { seq: talking.seq + 2, type: "agent", agent: { ...agent, state: "away" } }, 6);
    expect(state.gap).toBe(true);
    expect(state.seq).toBe(talking.seq);
    expect(state.agents.agent_mei?.state).toBe("busy");
  });

  test("a message told twice changes nothing", () => {
    const again = given(steps.find((step) => step.name === "talking")?.messages.at(-1));
    const state = reduce(talking, again, 6);
    expect(state.repeated).toBe(1);
    expect(state.calls).toBe(talking.calls);
  });

  test("a tick may or may not count, and keeps the clock with the server", () => {
    const same = reduce(talking, { seq: talking.seq, type: "tick", at: 1000 }, 100);
    const next = reduce(talking, { seq: talking.seq + 1, type: "tick", at: 1000.2 }, 100);
    expect([same.gap, next.gap]).toEqual([false, false]);
    expect(same.clockOffset).toBe(900);
    expect(reduce(same, { seq: talking.seq, type: "tick", at: 1005.3 }, 105).clockOffset).toBe(900);
  });

  test("a message of a newer server is counted and does no harm", () => {
    const unknown = { seq: talking.seq + 1, type: "mood", mood: 62 } as unknown as LiveMessage;
    const state = reduce(talking, unknown, 7);
    expect(state.unknown).toBe(1);
    expect(state.seq).toBe(talking.seq + 1);
    expect(state.gap).toBe(false);
  });
});

test("the board gets every agent, queue and call, what needs attention, and what did", () => {
  const busy = given((board.steps as unknown as Step[])[0]);
  const state = busy.messages.reduce((seen, message) => reduce(seen, message, busy.at), emptyState);
  expect(Object.keys(state.queues)).toHaveLength(4);
  expect(Object.values(state.attention).map((entry) => entry.code)).toEqual(["queue_oldest", "recording_stopped", "queue_service_level", "missed_rings", "dead_letters"]);
  const oldest = given(Object.values(state.attention)[0]);
  const cleared = reduce(state, { seq: state.seq + 1, type: "attention", entry: { ...oldest, cleared_at: 9 } }, 9);
  expect(Object.values(cleared.attention).map((entry) => entry.code)).not.toContain("queue_oldest");
  expect(cleared.cleared.map((entry) => entry.code)).toEqual(["queue_oldest", "queue_nobody"]);
  const again = reduce(cleared, { seq: state.seq + 2, type: "attention", entry: { ...oldest, entry_id: "attention_new" } }, 9);
  const twice = reduce(again, { seq: state.seq + 3, type: "attention", entry: { ...oldest, entry_id: "attention_newer" } }, 9);
  expect(Object.values(twice.attention).filter((entry) => entry.code === "queue_oldest")).toHaveLength(1);
});

describe("the order of a conversation", () => {
  function said(speaker: Segment["speaker"], start_ms: number, text: string, final = true): Segment {
    const leg_id = speaker === "customer" ? "leg_a" : "leg_b";
    return { call_id: "call_1", leg_id, utterance: start_ms, speaker, text, start_ms, end_ms: start_ms + 500, at: 0, final, late: false, words: [] };
  }
  const hear = (...segments: Segment[]): string[][] => {
    const seen: string[][] = [];
    segments.reduce((state, segment) => {
      const next = reduce(state, { seq: state.seq + 1, type: "segment", segment }, 9);
      seen.push((next.segments.call_1 ?? []).map(({ text }) => text));
      return next;
    }, after("answered"));
    return seen;
  };

  test("a sentence keeps the place of its beginning while the other side speaks into it, and when it is final", () => {
    const seen = hear(
      said("customer", 1000, "i was", false),
      said("agent", 3000, "yes", false),
      said("agent", 3000, "yes"),
      said("customer", 1000, "i was charged", false),
      said("customer", 1000, "I was charged twice."),
      said("agent", 7000, "I see"),
    );
    expect(seen).toEqual([
      ["i was"],
      ["i was", "yes"],
      ["i was", "yes"],
      ["i was charged", "yes"],
      ["I was charged twice.", "yes"],
      ["I was charged twice.", "yes", "I see"],
    ]);
  });

  test("a sentence of which nothing was seen before it was final stands where it began", () => {
    expect(hear(said("agent", 3000, "yes"), said("customer", 1000, "I was charged twice.")).at(-1)).toEqual(["I was charged twice.", "yes"]);
  });

  test("who began at the same moment: the customer first", () => {
    expect(hear(said("agent", 1000, "hello"), said("customer", 1000, "hi")).at(-1)).toEqual(["hi", "hello"]);
  });

  test("what came to nothing is not shown", () => {
    expect(hear(said("customer", 1000, "uh", false), said("customer", 1000, "")).at(-1)).toEqual([]);
  });

  test("a new look finds the same order", () => {
    const heard = [said("agent", 3000, "yes"), said("customer", 1000, "I was charged twice."), said("agent", 5000, "")];
    const snapshot = given(steps[0]?.messages[1]);
    if (snapshot.type !== "snapshot") throw new Error("the fixture lacks it");
    const anew = reduce(emptyState, { ...snapshot, segments: { call_1: heard } }, 9);
    expect(anew.segments.call_1?.map(({ text }) => text)).toEqual(["I was charged twice.", "yes"]);
  });
});
