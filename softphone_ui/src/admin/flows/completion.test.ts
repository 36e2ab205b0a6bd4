import { expect, test } from "vitest";

import type { FlowWords, Schema } from "../../api/flows";
import published from "../../../../ivr/flow.schema.json";
import { complete, stepNames } from "./completion";

const schema = published as unknown as Schema;

const words: FlowWords = {
  schema,
  queues: { queue_orders: "Orders", queue_billing: "Billing" },
  skills: { skill_english: "English" },
  files: ["prompts/music/hold.wav"],
  variables: { certainty: "how sure it is who calls", caller: "the caller's number" },
};
const HEAD = "flow: x\nname: X\nstart: hello\nvariables: {order: ''}\nsteps:\n";

/** `|` is the cursor. */
function offered(text: string): string[] | null {
  const offset = text.indexOf("|");
  return complete(text.replace("|", ""), offset, words)?.options.map((option) => option.text) ?? null;
}

test("fields of the file that are not there yet, the needed ones first", () => {
  expect(offered("flow: x\nname: X\n|")).toEqual(["start: ", "steps: ", "language: ", "variables: ", "limit_s: "]);
});

test("a step without a verb needs one, and then has the verb's fields", () => {
  expect(offered(`${HEAD}  hello:\n    |`)).toEqual(["verb: "]);
  expect(offered(`${HEAD}  hello:\n    verb: |`)).toContain("enqueue");
  expect(offered(`${HEAD}  hello:\n    verb: say\n    |`)).toEqual(["next: ", "text: ", "file: ", "interruptible: "]);
  expect(offered(`${HEAD}  hello: {verb: hang_up, |`)).toEqual(["say: ", "file: "]);
});

test("names of steps, queues, skills, files and variables where they belong", () => {
  const steps = `${HEAD}  hello:\n    verb: say\n    next: bye\n  bye: {verb: hang_up}\n`;
  expect(offered(steps.replace("next: bye", "next: |"))).toEqual(["hello", "bye"]);
  expect(offered(`${HEAD}  wait:\n    verb: enqueue\n    queue: |`)).toEqual(["queue_orders", "queue_billing"]);
  expect(offered(`${HEAD}  wait: {verb: enqueue, skills: [{skill: |`)).toEqual(["skill_english"]);
  expect(offered(`${HEAD}  wait:\n    verb: enqueue\n    waiting:\n      music: |`)).toEqual(["prompts/music/hold.wav"]);
  expect(offered(`${HEAD}  is_vip:\n    verb: branch\n    cases:\n      - {if: |`)).toEqual(["order", "certainty", "caller"]);
});

test("a menu's choices, and what may be announced", () => {
  expect(offered(`${HEAD}  m:\n    verb: menu\n    options:\n      - digit: 1\n        |`)).toEqual(["go: ", "phrases: ", "label: "]);
  expect(offered(`${HEAD}  m:\n    verb: menu\n    options:\n      - {digit: 1, go: |`)).toEqual(["m"]);
  expect(offered(`${HEAD}  w: {verb: enqueue, waiting: {announce: [|`)).toEqual(["expected_wait", "position"]);
  expect(offered(`${HEAD}  w: {verb: say, interruptible: |`)).toEqual(["true", "false"]);
});

test("variables inside a text", () => {
  expect(offered(`${HEAD}  hello:\n    verb: say\n    text: You called {ca|`)).toEqual(["order", "certainty", "caller"]);
});

test("nothing where nothing could stand", () => {
  expect(offered(`${HEAD}  hello:\n    verb: say\n    text: Hello |`)).toBeNull();
});

test("steps are found by their names", () => {
  expect(stepNames(`${HEAD}  one: {verb: say}\n\n  two:\n    verb: say\nname: three\n`)).toEqual(["one", "two"]);
});
