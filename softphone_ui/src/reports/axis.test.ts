import { expect, test } from "vitest";

import { clockTop, labelled, niceTop, path, steps } from "./axis";

test("the top of a scale is a round number", () => {
  expect([0, 3, 5, 17, 76, 100, 101].map((most) => niceTop(most))).toEqual([4, 4, 5, 20, 100, 100, 200]);
  expect([0, 41, 61, 4000].map(clockTop)).toEqual([20, 60, 120, 7200]);
});

test("labels have room", () => {
  expect(labelled(4, 8)).toEqual([0, 1, 2, 3]);
  expect(labelled(24, 8)).toEqual([0, 4, 8, 12, 16, 20]);
  expect(labelled(2976, 8).length).toBeLessThanOrEqual(8);
});

test("what was not measured is a gap in the line", () => {
  const drawn = path([1, 2, null, 3, null, 4, 5], (index) => index * 10, (value) => value);
  expect(drawn).toBe("M0.0,1.0L10.0,2.0M28.0,3.0h4M50.0,4.0L60.0,5.0");
});

test("tops of bars are flat over their interval, with a gap where nothing was", () => {
  expect(steps([1, 2, null, 3], (index) => index * 10, 10, (value) => value)).toBe("M0.0,1.0H10.0V2.0H20.0M30.0,3.0H40.0");
});
