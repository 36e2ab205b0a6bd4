/** Days of a report, and how its intervals are called. Pure: the present, the language and the time zone are arguments. */
import type { Interval } from "../api/reports";
import { dayNumber, hourAndMinute, shortDay, theDay } from "../format/time";

export type Period = "today" | "yesterday" | "week" | "month" | "days";
export const PERIODS: readonly Period[] = ["today", "yesterday", "week", "month", "days"];

const DAY_MS = 86_400_000;

/** The day in which a moment lies, as a date field holds it: 2026-11-30. */
export function dayOf(at: number, zone: string): string {
  return nameOf(dayNumber(at, zone));
}

/** First and last day of a period that ends today or yesterday. */
export function daysOf(period: Exclude<Period, "days">, today: string): { first: string; last: string } {
  const number = Date.parse(`${today}T00:00:00Z`) / DAY_MS;
  const [back, length] = { today: [0, 1], yesterday: [1, 1], week: [0, 7], month: [0, 30] }[period] as [number, number];
  return { first: nameOf(number - back - length + 1), last: nameOf(number - back) };
}

/** A month by quarter hours would be thousands of lines: each length of time has the intervals that can be read. */
export function intervalsFor(days: number): readonly Interval[] {
  if (days <= 7) return ["quarter_hour", "half_hour", "hour", "day"];
  return days <= 31 ? ["half_hour", "hour", "day"] : ["hour", "day"];
}

export function daysBetween(first: string, last: string): number {
  return (Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS + 1;
}

/** «10:30», «Fri 27 Nov 2026»; with several days both. */
export function intervalName(start: number, interval: Interval, manyDays: boolean, locale: string, zone: string): string {
  if (interval === "day") return theDay(start, locale, zone);
  const time = hourAndMinute(start, locale, zone);
  return manyDays ? `${shortDay(start, locale, zone)} ${time}` : time;
}

/** «10:30–11:00» */
export function spanName(start: number, end: number, interval: Interval, manyDays: boolean, locale: string, zone: string): string {
  const name = intervalName(start, interval, manyDays, locale, zone);
  return interval === "day" ? name : `${name}–${hourAndMinute(end, locale, zone)}`;
}

/** «Fri 20 Nov», «16 Nov – 22 Nov»: which time stands beside the report's. */
export function daysName(start: number, end: number, locale: string, zone: string): string {
  const [first, last] = [shortDay(start, locale, zone), shortDay(end - 1, locale, zone)];
  return first === last ? first : `${first} – ${last}`;
}

function nameOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
