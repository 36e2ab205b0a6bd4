import { expect, test } from "vitest";

import { idle, inCall, next, type WidgetEvent, type WidgetState } from "./state";

const told = (state: "ivr" | "waiting" | "talking" | "held" | "ended", now = 0, position: number | null = null): WidgetEvent => ({
  type: "told",
  state,
  position,
  now,
});

function after(...events: WidgetEvent[]): WidgetState {
  return events.reduce(next, idle);
}

const placed: WidgetEvent[] = [{ type: "call_pressed" }, { type: "placed" }];

test("a call goes from the microphone to the menu, the queue, the talk and its end", () => {
  expect(after({ type: "call_pressed" }).phase).toBe("asking");
  expect(after(...placed).phase).toBe("connecting");
  expect(after(...placed, told("waiting", 0, 3))).toMatchObject({ phase: "waiting", position: 3 });
  expect(after(...placed, told("talking", 500), told("held", 900), told("talking", 1200)).talkingSince).toBe(500);
  expect(after(...placed, told("talking"), told("ended"))).toEqual({ ...idle, phase: "ended" });
});

test("pressing call twice places one call", () => {
  expect(after({ type: "call_pressed" }, { type: "call_pressed" }).phase).toBe("asking");
  expect(after(...placed, { type: "call_pressed" }).phase).toBe("connecting");
});

test("hearing the same again changes nothing", () => {
  for (const news of [told("waiting", 0, 2), told("talking", 500)]) {
    const state = after(...placed, news);
    expect(next(state, { ...news, now: 9000 } as WidgetEvent)).toBe(state);
  }
});

test("a refused microphone and a refused call say so and can be tried again", () => {
  expect(after({ type: "call_pressed" }, { type: "microphone_refused" }).phase).toBe("no_microphone");
  const refused = after({ type: "call_pressed" }, { type: "refused", tooMany: true });
  expect(refused).toMatchObject({ phase: "refused", tooMany: true });
  expect(next(refused, { type: "call_pressed" }).phase).toBe("asking");
});

test("the menu opens the keypad once; closing it is respected", () => {
  const menu = after(...placed, told("ivr"));
  expect(menu.keypad).toBe(true);
  expect(after(...placed, told("ivr"), { type: "keypad_toggled" }, told("ivr")).keypad).toBe(false);
});

test("what arrives after the end changes nothing", () => {
  const ended = after(...placed, { type: "ended" });
  for (const late of [told("talking"), { type: "muted", muted: true }, { type: "digit", digit: "1" }, { type: "line", weak: true }] as const) {
    expect(next(ended, late)).toBe(ended);
  }
  expect(inCall(ended)).toBe(false);
});

test("only the last sixteen digits are shown", () => {
  const many = Array.from("12345678901234567890").map((digit): WidgetEvent => ({ type: "digit", digit }));
  expect(after(...placed, ...many).digits).toBe("5678901234567890");
});

test("a call without sound is given up, and can be tried again", () => {
  const silent = after(...placed, told("ivr"), { type: "no_media" });
  expect(silent).toEqual({ ...idle, phase: "no_media" });
  expect(inCall(silent)).toBe(false);
  expect(next(silent, { type: "call_pressed" }).phase).toBe("asking");
});
