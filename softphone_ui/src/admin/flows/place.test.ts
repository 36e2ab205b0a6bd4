import { expect, test } from "vitest";

import { placeAt, type Place } from "./place";

/** `|` is the cursor. */
function at(text: string): Place {
  const offset = text.indexOf("|");
  return placeAt(text.replace("|", ""), offset);
}

const cases: [string, string, "key" | "value", string][] = [
  ["fl|", "", "key", "fl"],
  ["start: wel|", "start", "value", "wel"],
  ["steps:\n  welcome:\n    ve|", "steps welcome", "key", "ve"],
  ["steps:\n  welcome:\n    verb: |", "steps welcome verb", "value", ""],
  ["steps:\n  a:\n    verb: say\n\n  b:\n    next: |", "steps b next", "value", ""],
  ["steps:\n  a: {verb: enqueue, queue: qu|", "steps a queue", "value", "qu"],
  ["steps:\n  a: {verb: enqueue, |", "steps a", "key", ""],
  ["steps:\n  a:\n    options:\n      - {digit: 1, go: |", "steps a options * go", "value", ""],
  ["steps:\n  a:\n    options:\n      - digit: 1\n        go: x|", "steps a options * go", "value", "x"],
  ["steps:\n  a:\n    options:\n      - digit: 1\n        go: x\n      - |", "steps a options *", "key", ""],
  ["steps:\n  a:\n    options:\n    - digit: 1\n    - go: |", "steps a options * go", "value", ""],
  ["steps:\n  a:\n    skills: [{skill: sk|", "steps a skills * skill", "value", "sk"],
  ["steps:\n  a:\n    waiting:\n      mu|", "steps a waiting", "key", "mu"],
  ["steps:\n  a:\n    waiting: {announce: [pos|", "steps a waiting announce *", "value", "pos"],
  ["steps:\n  a:\n    # a comment: here\n    ask:\n      en: Hello {cus|", "steps a ask en", "value", "Hello {cus"],
  ["steps:\n  a: {verb: say}\n|", "", "key", ""],
  ["steps:\n  a: {verb: say}\n  |", "steps", "key", ""],
];

test.each(cases)("%j", (text, path, what, word) => {
  const place = at(text);
  expect([place.path.join(" "), place.what, place.word]).toEqual([path, what, word]);
});

test("what a mapping has already is known, and nothing of its neighbours", () => {
  const text = "flow: x\nsteps:\n  a:\n    verb: say\n    |\n    next: b\n  b:\n    file: y\n";
  expect([...at(text).siblings].filter(Boolean).sort()).toEqual(["next", "verb"]);
  expect([...at("steps:\n  a: {verb: say, |").siblings]).toEqual(["verb"]);
  expect([...at("options:\n  - digit: 1\n    go: x\n  - digit: 2\n    |").siblings]).toEqual(["digit"]);
});
