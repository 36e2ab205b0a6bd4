import { expect, test } from "vitest";

import { change, shownIntervals, written, type Figure } from "./figures";

interface Row {
  start: number;
  value: number | null;
}
const figure = (unit: Figure<Row>["unit"]): Figure<Row> => ({ key: "offered", unit, value: (row) => row.value });
const row = (value: number | null, start = 0): Row => ({ start, value });

test("what was not measured is a dash, and never nothing per cent", () => {
  expect((["count", "share", "time", "spent"] as const).map((unit) => written(figure(unit), row(null), "en-GB"))).toEqual(["–", "–", "–", "–"]);
  expect(written(figure("share"), row(0), "en-GB")).toBe("0%");
  expect(written(figure("spent"), row(0), "en-GB")).toBe("–");
});

test("a count changes by how much of it, a share by points, a time by how long", () => {
  const by = (unit: Figure<Row>["unit"], now: number | null, then: number | null): string | undefined => change(figure(unit), row(now), row(then), "en-GB")?.text;
  expect(by("count", 119, 100)).toBe("+19%");
  expect(by("count", 5, 0)).toBeUndefined();
  expect(by("share", 0.841, 0.947)).toBe("\u221211");
  expect(by("share", 0.5, 0.5)).toBe("±0");
  expect(by("share", 0.5, null)).toBeUndefined();
  expect(by("time", 20, 11)).toBe("+0:09");
});

test("hours in which nothing happened, now or then, are not shown; nor those to come", () => {
  const rows = [0, 1, 2, 3, 4, 5].map((start) => row(start === 2 || start === 5 ? 7 : 0, start));
  const earlier = [0, 1, 2, 3, 4, 5].map((start) => row(start === 1 ? 7 : 0, start));
  const isEmpty = ({ value }: Row): boolean => value === 0;
  expect(shownIntervals(rows, [], isEmpty, 4).map((pair) => pair.row.start)).toEqual([2]);
  const beside = shownIntervals(rows, earlier, isEmpty, 4);
  expect(beside.map((pair) => [pair.row.start, pair.earlier?.value])).toEqual([[1, 7], [2, 0]]);
});
