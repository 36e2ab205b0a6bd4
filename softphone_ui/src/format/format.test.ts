import { describe, expect, test } from "vitest";

import { initials, percent } from "./numbers";
import { clock, countdown, knowsZone, near, sameDay } from "./time";

const NOW = Date.UTC(2026, 10, 23, 10, 41) / 1000;

test("running times", () => {
  expect([7, 252, 3753, -3].map(clock)).toEqual(["0:07", "4:12", "1:02:33", "0:00"]);
  expect([0.2, 59.4, -1].map(countdown)).toEqual(["0:01", "1:00", "0:00"]);
});

describe("times are relative when near and dates when far", () => {
  const said = (ago: number): string => near(NOW - ago, NOW, "en-GB", "Europe/London");
  test.each([
    [20, "now"],
    [300, "5 min ago"],
    [2 * 3600, "08:41"],
    [18 * 3600 + 2340, "yesterday 16:02"],
    [5 * 86400, "18 Nov"],
    [400 * 86400, "19 Oct 2025"],
  ])("%d s ago", (ago, words) => expect(said(ago)).toBe(words));

  test("in Chinese", () => expect(near(NOW - 300, NOW, "zh-CN", "Europe/London")).toBe("5分钟前"));
});

test("a day is a day of the reader's calendar", () => {
  expect(sameDay(NOW, NOW - 10 * 3600, "Europe/London")).toBe(true);
  expect(sameDay(NOW, NOW - 11 * 3600, "Europe/London")).toBe(false);
});

test("a time zone that this browser does not know is noticed", () => {
  expect([knowsZone("Europe/London"), knowsZone("Mars/Olympus")]).toEqual([true, false]);
});

test("initials", () => {
  expect(["Dana Whitfield", "陈思", "Prince", "José María de Souza", " "].map(initials)).toEqual(["DW", "陈", "P", "JS", "?"]);
});

test("shares in the reader's language", () => {
  expect(percent(0.764, "en-GB")).toBe("76.4%");
  expect(percent(0.54, "en-GB", 0)).toBe("54%");
});
