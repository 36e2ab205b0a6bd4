import { expect, test } from "vitest";

import { points } from "./sparkline";

test("one caller does not look like a crowd, a crowd fills the height", () => {
  expect(points([0, 1], 90, 22)).toBe("2.0,20.0 88.0,15.5");
  expect(points([0, 12], 90, 22)).toBe("2.0,20.0 88.0,2.0");
});

test("no values are a flat line at the foot", () => {
  expect(points([], 90, 22)).toBe("2.0,20.0 88.0,20.0");
});
