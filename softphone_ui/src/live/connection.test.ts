import { expect, test } from "vitest";

import { backOff } from "./connection";

test("reconnecting starts quickly, slows down, and never waits longer than ten seconds", () => {
  const waits = [0, 1, 2, 3, 4, 5, 12].map((attempt) => backOff(attempt, 0));
  expect(waits).toEqual([0.5, 1, 2, 4, 8, 10, 10]);
});

test("a hundred desks do not return at the same instant", () => {
  expect(backOff(5, 1)).toBeCloseTo(6.67, 1);
});
