import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Behind, Earlier, Interval } from "../api/reports";
import { Notice } from "../common/Notice";
import { inWords } from "../common/say";
import { hourAndMinute, shortDay } from "../format/time";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import type { About } from "./about";
import { BehindPanel } from "./Behind";
import { change, NOTHING, shownIntervals, written, type Figure } from "./figures";
import { dayOf, daysBetween, daysName, intervalName, spanName } from "./period";
import { ReportBar } from "./ReportBar";
import classes from "./Reports.module.css";
import { ReportTable, type Chosen, type Line } from "./ReportTable";
import { useAsked, type Asked } from "./useAsked";

/** What all reports have in common. */
export interface AnyRow {
  start: number;
  end: number;
}
export interface AnyReport<Row extends AnyRow> extends AnyRow {
  interval: Interval;
  time_zone: string;
  names: Record<string, string>;
  totals: Row[];
  intervals: Row[];
  total: Row;
  earlier: Earlier | null;
  earlier_totals: Row[];
  earlier_intervals: Row[];
  earlier_total: Row | null;
}

export interface ChartsProps<Row> {
  rows: readonly Row[];
  /** As many: what stands beside each; none: nothing does. */
  earlier: readonly (Row | null)[];
  /** Which time that is. */
  beside: string | null;
  labels: readonly { foot: string; whole: string }[];
  running: number | null;
  chosen: number | null;
  choose: (index: number) => void;
  span: string;
}

interface Kind<Row extends AnyRow> {
  about: About;
  figures: readonly Figure<Row>[];
  totals: readonly Figure<Row>["key"][];
  keyOf: (row: Row) => string;
  /** What the server calls it, in the reader's words. */
  useNames: () => (key: string, name: string) => string;
  isEmpty: (row: Row) => boolean;
  /** What a number is made of, in words. */
  useParts: () => (row: Row, figure: Figure<Row>["key"]) => string | null;
  Charts: (props: ChartsProps<Row>) => ReactNode;
  Formulas: (props: { total: Row; earlier: Row | null; beside: string | null }) => ReactNode;
}

/** A report: what it is about, the whole, two charts, every line, and at the side the formulas or the conversations behind a number. */
export function ReportView<Row extends AnyRow>({ kind, useReport }: { kind: Kind<Row>; useReport: (asked: Asked) => UseQueryResult<AnyReport<Row>> }) {
  const { t } = useTranslation();
  const [asked, change] = useAsked(kind.about);
  const report = useReport(asked);
  const now = useNow((at) => Math.floor(at / 60) * 60);
  const data = report.data;
  const named = kind.useNames();
  const names = Object.fromEntries(Object.entries(data?.names ?? {}).map(([key, name]) => [key, named(key, name)]));
  return (
    <main className={classes.page} aria-label={t("nav.reports")} aria-busy={report.isFetching}>
      <ReportBar about={kind.about} asked={asked} change={change} names={names} today={data === undefined ? null : dayOf(now, data.time_zone)} />
      {report.isError && data === undefined ? (
        <div className={classes.whole}>
          <Notice tone="bad" title={t("reports.cannotLoad")} text={inWords(report.error)} action={{ label: t("app.retry"), run: () => void report.refetch(), busy: report.isFetching }} />
        </div>
      ) : data === undefined ? (
        <Loading label={t("app.loading")} compared={asked.beside !== null} />
      ) : (
        <Loaded key={`${asked.by}/${data.start}/${data.end}/${data.interval}`} kind={kind} report={data} names={names} asked={asked} now={now} />
      )}
    </main>
  );
}

interface LoadedProps<Row extends AnyRow> {
  kind: Kind<Row>;
  report: AnyReport<Row>;
  names: Readonly<Record<string, string>>;
  asked: Asked;
  now: number;
}

function Loaded<Row extends AnyRow>({ kind, report, names, asked, now }: LoadedProps<Row>) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const { about, figures, totals, keyOf, isEmpty, Charts, Formulas } = kind;
  const parts = kind.useParts();
  const { time_zone: zone, interval } = report;
  const manyDays = daysBetween(dayOf(report.start, zone), dayOf(report.end - 1, zone)) > 1;
  const pairs = shownIntervals(report.intervals, report.earlier_intervals, isEmpty, now);
  const rows = pairs.map((pair) => pair.row);
  const beside = useEarlierName(report.earlier, zone);
  const besideDays = report.earlier === null ? null : daysName(report.earlier.start, report.earlier.end, locale, zone);
  const nameOfSpan = (row: AnyRow): string => spanName(row.start, row.end, interval, manyDays, locale, zone);
  const span = manyDays ? `${intervalName(report.start, "day", true, locale, zone)} – ${intervalName(report.end - 1, "day", true, locale, zone)}` : intervalName(report.start, "day", false, locale, zone);
  const byTime: Line<Row>[] = pairs.map(({ row, earlier }) => ({
    key: String(row.start),
    name: row.end > now ? t("reports.untilNow", { start: intervalName(row.start, interval, manyDays, locale, zone) }) : nameOfSpan(row),
    row,
    earlier,
  }));
  const before = new Map(report.earlier_totals.map((row) => [keyOf(row), row]));
  const byName: Line<Row>[] = report.totals
    .map((row) => ({ key: keyOf(row), name: names[keyOf(row)] ?? keyOf(row), row, earlier: before.get(keyOf(row)) ?? null }))
    .filter((line) => about !== "channels" || !isEmpty(line.row) || (line.earlier !== null && !isEmpty(line.earlier)) || asked.only.includes(line.key));
  const lines = asked.by === "time" ? byTime : byName.sort((one, other) => one.name.localeCompare(other.name));
  const line = chosen === null ? undefined : lines.find((each) => each.key === chosen.line);
  const row = chosen === null ? undefined : chosen.line === "total" ? report.total : line?.row;
  const figure = figures.find(({ key }) => key === chosen?.figure);
  const ids = asked.by === "name" && line !== undefined ? [line.key] : asked.only;
  const behind: Behind | null =
    row === undefined || figure?.counted === undefined
      ? null
      : { start: row.start, end: row.end, counted: figure.counted, about, only: ids };
  const index = asked.by === "time" && line !== undefined ? byTime.indexOf(line) : -1;
  const opens = figures.find((each) => each.counted !== undefined)?.key;
  return (
    <>
      <section className={classes.totals} aria-label={t("reports.whole.total")}>
        {totals.map((key) => {
          const each = figures.find((one) => one.key === key);
          return each === undefined ? null : <Total key={key} figure={each} row={report.total} earlier={report.earlier_total} beside={beside} />;
        })}
      </section>
      <Charts
        rows={rows}
        earlier={beside === null ? [] : pairs.map((pair) => pair.earlier)}
        beside={besideDays}
        labels={rows.map((each) => ({ foot: intervalName(each.start, interval, false, locale, zone), whole: nameOfSpan(each) }))}
        running={rows.findIndex((each) => each.end > now) < 0 ? null : rows.length - 1}
        chosen={index < 0 ? null : index}
        choose={(at) => opens !== undefined && asked.by === "time" && setChosen({ line: String(rows[at]?.start), figure: chosen?.figure ?? opens })}
        span={span}
      />
      <section className={classes.card}>
        {lines.length === 0 ? (
          <Notice title={t("reports.empty")} text={t("reports.emptyText")} />
        ) : (
          <ReportTable label={t("reports.table", { span })} wide={asked.by === "name" || manyDays} first={asked.by === "time" ? t("reports.time") : t(`reports.one.${about}`)} figures={figures} lines={lines} total={report.total} earlierTotal={report.earlier_total} beside={beside} chosen={chosen} choose={setChosen} dismiss={() => setChosen(null)} />
        )}
      </section>
      <aside className={classes.side} data-open={behind !== null || undefined} aria-label={t("reports.side")}>
        {behind === null ? (
          <Formulas total={report.total} earlier={report.earlier_total} beside={beside} />
        ) : (
          <BehindPanel key={JSON.stringify(behind)} asked={behind} title={`${figure === undefined ? "" : t(`reports.figure.${figure.key}`)}, ${line?.name ?? span}`} parts={row === undefined || figure === undefined ? null : parts(row, figure.key)} zone={zone} manyDays={manyDays && asked.by === "name"} close={() => setChosen(null)} />
        )}
      </aside>
    </>
  );
}

/** A number of the whole time, and how it has changed. */
function Total<Row>({ figure, row, earlier, beside }: { figure: Figure<Row>; row: Row; earlier: Row | null; beside: string | null }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const by = earlier === null ? null : change(figure, row, earlier, locale);
  const digits = figure.unit === "share" ? { ...figure, digits: 1 } : figure;
  return (
    <div>
      <small title={t(`reports.whole.${figure.key}`)}>{t(`reports.figure.${figure.key}`)}</small>
      <b className="figures">{written(figure, row, locale)}</b>
      {beside !== null && earlier !== null && (
        <small className={classes.change} title={`${beside}: ${written(digits, earlier, locale)}`}>
          {by === null ? NOTHING : by.unit === "share" ? t("reports.byPoints", { points: by.text }) : by.text}
        </small>
      )}
    </div>
  );
}

/** «Fri 20 Nov», and of a time that goes on until when: which time stands beside the report's. */
function useEarlierName(earlier: Earlier | null, zone: string): string | null {
  const { t } = useTranslation();
  const locale = useLocale();
  if (earlier === null) return null;
  const days = daysName(earlier.start, earlier.end, locale, zone);
  if (earlier.until >= earlier.end) return days;
  const time = hourAndMinute(earlier.until, locale, zone);
  return days === shortDay(earlier.until, locale, zone) ? t("reports.until", { days, time }) : t("reports.untilOf", { days, day: shortDay(earlier.until, locale, zone), time });
}

/** The totals' card, with the line that says how they have changed, and without. */
const [COMPARED_PX, ALONE_PX] = [78, 60];

function Loading({ label, compared }: { label: string; compared: boolean }) {
  return (
    <>
      <div className={classes.totals} role="status" aria-label={label}>
        <Skeleton height={compared ? COMPARED_PX : ALONE_PX} radius={12} />
      </div>
      <Skeleton height={206} radius={12} />
      <Skeleton height={206} radius={12} />
      <Skeleton className={classes.card} radius={12} h="100%" />
      <Skeleton className={classes.side} radius={12} h="100%" />
    </>
  );
}
