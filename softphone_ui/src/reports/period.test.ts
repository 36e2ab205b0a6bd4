import { expect, test } from "vitest";

import { dayOf, daysBetween, daysName, daysOf, intervalName, intervalsFor, spanName } from "./period";

const HALF_PAST_TEN = Date.UTC(2026, 10, 27, 10, 30) / 1000;

test("a day is one of the installation's calendar", () => {
  expect([dayOf(HALF_PAST_TEN, "Europe/London"), dayOf(HALF_PAST_TEN, "Pacific/Auckland")]).toEqual(["2026-11-27", "2026-11-27"]);
  expect(dayOf(HALF_PAST_TEN + 3600, "Pacific/Auckland")).toBe("2026-11-28");
});

test("periods end today, and cross months", () => {
  expect(daysOf("today", "2026-12-01")).toEqual({ first: "2026-12-01", last: "2026-12-01" });
  expect(daysOf("yesterday", "2026-12-01")).toEqual({ first: "2026-11-30", last: "2026-11-30" });
  expect(daysOf("week", "2026-12-01")).toEqual({ first: "2026-11-25", last: "2026-12-01" });
  expect(daysBetween("2026-11-02", "2026-12-01")).toBe(30);
});

test("long times have long intervals", () => {
  expect(intervalsFor(1)).toContain("quarter_hour");
  expect(intervalsFor(31)).not.toContain("quarter_hour");
  expect(intervalsFor(90)).toEqual(["hour", "day"]);
});

test("intervals are named in the installation's time", () => {
  expect(intervalName(HALF_PAST_TEN, "half_hour", false, "en-GB", "Europe/Berlin")).toBe("11:30");
  expect(spanName(HALF_PAST_TEN, HALF_PAST_TEN + 1800, "half_hour", true, "en-GB", "Europe/London")).toBe("Fri 27 Nov 10:30–11:00");
  expect(spanName(HALF_PAST_TEN, HALF_PAST_TEN + 86_400, "day", true, "en-GB", "Europe/London")).toBe("Fri, 27 Nov 2026");
});

test("an earlier time is named by its days", () => {
  const day = Date.UTC(2026, 10, 20) / 1000;
  expect(daysName(day, day + 86_400, "en-GB", "Europe/London")).toBe("Fri 20 Nov");
  expect(daysName(day, day + 3 * 86_400, "en-GB", "Europe/London")).toBe("Fri 20 Nov – Sun 22 Nov");
});
