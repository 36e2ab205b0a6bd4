/** The columns of both reports, as tables of what each number is called, how it is written and what stands behind it. Pure. */
import type { AgentFigures, Counted, QueueFigures } from "../api/reports";
import { percent } from "../format/numbers";
import { clock } from "../format/time";
import { serviceTone, type Tone } from "../live/tones";
import type en from "../i18n/en.json";

export interface Figure<Row> {
  /** Its words are `reports.figure.<key>` and, whole, `reports.whole.<key>`. */
  key: keyof typeof en.reports.figure;
  text: (row: Row, locale: string) => string;
  /** What it counts, when conversations stand behind it. */
  counted?: readonly Counted[];
  /** Left out where there is little room. */
  lesser?: boolean;
  /** Over the charts only. */
  apart?: boolean;
  tone?: (row: Row) => Tone;
}

const NOTHING = "–";
const share = (value: number | null, locale: string, digits = 0): string => (value === null ? NOTHING : percent(value, locale, digits));
const time = (seconds: number | null): string => (seconds === null ? NOTHING : clock(Math.round(seconds)));
const spent = (seconds: number): string => (seconds === 0 ? NOTHING : clock(Math.round(seconds)));
const whole = (value: number, locale: string): string => new Intl.NumberFormat(locale).format(value);

function counts<Row>(key: Figure<Row>["key"], counted: readonly Counted[], count: (row: Row) => number, lesser = false): Figure<Row> {
  return { key, counted, lesser, text: (row, locale) => whole(count(row), locale) };
}

export const QUEUE_FIGURES: readonly Figure<QueueFigures>[] = [
  counts("offered", ["offered"], (row) => row.offered),
  counts("answered", ["answered"], (row) => row.answered),
  counts("inTime", ["answered_in_time"], (row) => row.answered_in_time),
  counts("abandoned", ["abandoned"], (row) => row.abandoned),
  counts("other", ["short_abandoned", "moved", "unserved"], (row) => row.short_abandoned + row.moved + row.unserved),
  { key: "serviceLevel", text: (row, locale) => share(row.service_level, locale), tone: (row) => (row.service_level === null ? "calm" : serviceTone(row.service_level)) },
  { key: "abandonment", text: (row, locale) => share(row.abandonment, locale, 1), lesser: true },
  { key: "asa", text: (row) => time(row.average_speed_of_answer_s) },
  { key: "aht", text: (row) => time(row.average_handle_time_s) },
  { key: "occupancy", text: (row, locale) => share(row.occupancy, locale) },
  { key: "estimatesMet", text: (row, locale) => share(row.calibration, locale), lesser: true },
];

export const AGENT_FIGURES: readonly Figure<AgentFigures>[] = [
  counts("handled", ["handled"], (row) => row.handled),
  { key: "aht", text: (row) => time(row.average_handle_time_s) },
  { key: "talk", text: (row) => time(row.average_talk_s), apart: true },
  { key: "wrapUp", text: (row) => time(row.average_wrap_up_s), apart: true },
  { key: "available", text: (row) => spent(row.available_s) },
  { key: "ringing", text: (row) => spent(row.offered_s), lesser: true },
  { key: "busy", text: (row) => spent(row.busy_s) },
  { key: "inWrapUp", text: (row) => spent(row.wrap_up_s) },
  { key: "away", text: (row) => spent(row.away_s) },
  { key: "unreachable", text: (row) => spent(row.unreachable_s) },
  { key: "occupancy", text: (row, locale) => share(row.occupancy, locale) },
  { key: "adherence", text: (row, locale) => share(row.adherence, locale) },
];

/** Of the whole time, over the charts. */
export const QUEUE_TOTALS: readonly Figure<QueueFigures>["key"][] = ["offered", "answered", "serviceLevel", "abandonment", "asa", "aht", "occupancy", "estimatesMet"];
export const AGENT_TOTALS: readonly Figure<AgentFigures>["key"][] = ["handled", "aht", "talk", "wrapUp", "occupancy", "adherence", "away", "unreachable"];

/** Intervals from the first in which anything happened to the last that has begun: nights before the first call say nothing. */
export function shownIntervals<Row extends { start: number }>(rows: readonly Row[], isEmpty: (row: Row) => boolean, now: number): readonly Row[] {
  const begun = rows.filter((row) => row.start <= now);
  const first = begun.findIndex((row) => !isEmpty(row));
  if (first < 0) return [];
  const last = begun.findLastIndex((row) => !isEmpty(row));
  return begun.slice(first, last + 1);
}

export const queueIsEmpty = (row: QueueFigures): boolean => row.offered + row.answered + row.abandoned + row.short_abandoned + row.moved + row.unserved + row.handled === 0;
export const agentIsEmpty = (row: AgentFigures): boolean =>
  row.handled + row.available_s + row.offered_s + row.busy_s + row.wrap_up_s + row.away_s + row.unreachable_s === 0;
