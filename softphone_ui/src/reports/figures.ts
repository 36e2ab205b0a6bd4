/** The columns of the reports, as tables of what each number is called, how it is written and what stands behind it. Pure. */
import type { AgentFigures, Counted, ServiceFigures } from "../api/reports";
import { percent } from "../format/numbers";
import { clock } from "../format/time";
import { serviceTone, type Tone } from "../live/tones";
import type en from "../i18n/en.json";

export interface Figure<Row> {
  /** Its words are `reports.figure.<key>` and, whole, `reports.whole.<key>`. */
  key: keyof typeof en.reports.figure;
  /** Null: nothing happened that could be measured. */
  value: (row: Row) => number | null;
  unit: Unit;
  /** Of a share. */
  digits?: number;
  /** What it counts, when conversations stand behind it. */
  counted?: readonly Counted[];
  /** Left out where there is little room. */
  lesser?: boolean;
  /** Over the charts only. */
  apart?: boolean;
  tone?: (row: Row) => Tone;
  /** Its change has a column of its own when an earlier time stands beside. */
  compared?: boolean;
}

/** How a number is written, and how its change. «spent» is time of which there may be none. */
export type Unit = "count" | "share" | "time" | "spent";

export const NOTHING = "–";
const MINUS = "\u2212";

export function written<Row>(figure: Figure<Row>, row: Row, locale: string): string {
  const value = figure.value(row);
  if (value === null || (figure.unit === "spent" && value === 0)) return NOTHING;
  if (figure.unit === "share") return percent(value, locale, figure.digits ?? 0);
  return figure.unit === "count" ? new Intl.NumberFormat(locale).format(value) : clock(Math.round(value));
}

/** From the earlier number to this one: a count by how much of it, a share by points, a time by how long; null: not to be told. */
export function change<Row>(figure: Figure<Row>, row: Row, earlier: Row, locale: string): { unit: Unit; text: string } | null {
  const [value, before] = [figure.value(row), figure.value(earlier)];
  if (value === null || before === null || (before === 0 && figure.unit !== "share")) return null;
  const by = figure.unit === "count" ? (value - before) / before : value - before;
  const rounded = figure.unit === "count" || figure.unit === "share" ? Math.round(by * 100) : Math.round(by);
  const sign = rounded > 0 ? "+" : rounded < 0 ? MINUS : "±";
  const size = Math.abs(rounded);
  if (figure.unit === "count") return { unit: "count", text: `${sign}${percent(size / 100, locale, 0)}` };
  return { unit: figure.unit, text: `${sign}${figure.unit === "share" ? new Intl.NumberFormat(locale).format(size) : clock(size)}` };
}

function counts<Row>(key: Figure<Row>["key"], counted: readonly Counted[], value: (row: Row) => number, lesser = false): Figure<Row> {
  return { key, counted, lesser, value, unit: "count" };
}

export const SERVICE_FIGURES: readonly Figure<ServiceFigures>[] = [
  counts("offered", ["offered"], (row) => row.offered),
  counts("answered", ["answered"], (row) => row.answered),
  counts("inTime", ["answered_in_time"], (row) => row.answered_in_time),
  counts("abandoned", ["abandoned"], (row) => row.abandoned),
  counts("other", ["short_abandoned", "moved", "unserved"], (row) => row.short_abandoned + row.moved + row.unserved),
  { key: "serviceLevel", value: (row) => row.service_level, unit: "share", compared: true, tone: (row) => (row.service_level === null ? "calm" : serviceTone(row.service_level)) },
  { key: "abandonment", value: (row) => row.abandonment, unit: "share", digits: 1, lesser: true },
  { key: "asa", value: (row) => row.average_speed_of_answer_s, unit: "time" },
  { key: "aht", value: (row) => row.average_handle_time_s, unit: "time" },
  { key: "occupancy", value: (row) => row.occupancy, unit: "share" },
  { key: "estimatesMet", value: (row) => row.calibration, unit: "share", lesser: true },
];

export const AGENT_FIGURES: readonly Figure<AgentFigures>[] = [
  { ...counts<AgentFigures>("handled", ["handled"], (row) => row.handled), compared: true },
  { key: "aht", value: (row) => row.average_handle_time_s, unit: "time" },
  { key: "talk", value: (row) => row.average_talk_s, unit: "time", apart: true },
  { key: "wrapUp", value: (row) => row.average_wrap_up_s, unit: "time", apart: true },
  { key: "available", value: (row) => row.available_s, unit: "spent" },
  { key: "ringing", value: (row) => row.offered_s, unit: "spent", lesser: true },
  { key: "busy", value: (row) => row.busy_s, unit: "spent" },
  { key: "inWrapUp", value: (row) => row.wrap_up_s, unit: "spent" },
  { key: "away", value: (row) => row.away_s, unit: "spent" },
  { key: "unreachable", value: (row) => row.unreachable_s, unit: "spent" },
  { key: "occupancy", value: (row) => row.occupancy, unit: "share" },
  { key: "adherence", value: (row) => row.adherence, unit: "share" },
];

/** Of the whole time, over the charts. */
export const SERVICE_TOTALS: readonly Figure<ServiceFigures>["key"][] = ["offered", "answered", "serviceLevel", "abandonment", "asa", "aht", "occupancy", "estimatesMet"];
export const AGENT_TOTALS: readonly Figure<AgentFigures>["key"][] = ["handled", "aht", "talk", "wrapUp", "occupancy", "adherence", "away", "unreachable"];

/** An interval, and the one that stands beside it. */
export interface Pair<Row> {
  row: Row;
  earlier: Row | null;
}

/** Intervals from the first in which anything happened, now or then, to the last that has begun: nights before the first call say nothing. */
export function shownIntervals<Row extends { start: number }>(rows: readonly Row[], earlier: readonly Row[], isEmpty: (row: Row) => boolean, now: number): readonly Pair<Row>[] {
  const begun = rows.map((row, index) => ({ row, earlier: earlier[index] ?? null })).filter(({ row }) => row.start <= now);
  const says = ({ row, earlier: then }: Pair<Row>): boolean => !isEmpty(row) || (then !== null && !isEmpty(then));
  const first = begun.findIndex(says);
  return first < 0 ? [] : begun.slice(first, begun.findLastIndex(says) + 1);
}

export const serviceIsEmpty = (row: ServiceFigures): boolean => row.offered + row.answered + row.abandoned + row.short_abandoned + row.moved + row.unserved + row.handled === 0;
export const agentIsEmpty = (row: AgentFigures): boolean =>
  row.handled + row.available_s + row.offered_s + row.busy_s + row.wrap_up_s + row.away_s + row.unreachable_s === 0;
