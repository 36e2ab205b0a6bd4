import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { About, Behind, Interval } from "../api/reports";
import { Notice } from "../common/Notice";
import { inWords } from "../common/say";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import { BehindPanel } from "./Behind";
import { shownIntervals, type Figure } from "./figures";
import { dayOf, daysBetween, intervalName, spanName } from "./period";
import { ReportBar } from "./ReportBar";
import classes from "./Reports.module.css";
import { ReportTable, type Chosen, type Line } from "./ReportTable";
import { useAsked, type Asked } from "./useAsked";

/** What both reports have in common. */
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
}

export interface ChartsProps<Row> {
  rows: readonly Row[];
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
  nameOf: (row: Row) => string;
  isEmpty: (row: Row) => boolean;
  Charts: (props: ChartsProps<Row>) => ReactNode;
  Formulas: (props: { total: Row }) => ReactNode;
}

/** A report: what it is about, the whole, two charts, every line, and at the side the formulas or the conversations behind a number. */
export function ReportView<Row extends AnyRow>({ kind, useReport }: { kind: Kind<Row>; useReport: (asked: Asked) => UseQueryResult<AnyReport<Row>> }) {
  const { t } = useTranslation();
  const [asked, change] = useAsked(kind.about);
  const report = useReport(asked);
  const now = useNow((at) => Math.floor(at / 60) * 60);
  const data = report.data;
  return (
    <main className={classes.page} aria-label={t("nav.reports")} aria-busy={report.isFetching}>
      <ReportBar about={kind.about} asked={asked} change={change} names={data?.names ?? {}} today={data === undefined ? null : dayOf(now, data.time_zone)} />
      {report.isError && data === undefined ? (
        <div className={classes.whole}>
          <Notice tone="bad" title={t("reports.cannotLoad")} text={inWords(report.error)} action={{ label: t("app.retry"), run: () => void report.refetch(), busy: report.isFetching }} />
        </div>
      ) : data === undefined ? (
        <Loading label={t("app.loading")} />
      ) : (
        <Loaded key={`${asked.by}/${data.start}/${data.end}/${data.interval}`} kind={kind} report={data} asked={asked} now={now} />
      )}
    </main>
  );
}

function Loaded<Row extends AnyRow>({ kind, report, asked, now }: { kind: Kind<Row>; report: AnyReport<Row>; asked: Asked; now: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const { about, figures, totals, nameOf, isEmpty, Charts, Formulas } = kind;
  const { time_zone: zone, interval } = report;
  const manyDays = daysBetween(dayOf(report.start, zone), dayOf(report.end - 1, zone)) > 1;
  const rows = shownIntervals(report.intervals, isEmpty, now);
  const nameOfSpan = (row: AnyRow): string => spanName(row.start, row.end, interval, manyDays, locale, zone);
  const span = manyDays ? `${intervalName(report.start, "day", true, locale, zone)} – ${intervalName(report.end - 1, "day", true, locale, zone)}` : intervalName(report.start, "day", false, locale, zone);
  const byTime: Line<Row>[] = rows.map((row) => ({ key: String(row.start), name: row.end > now ? t("reports.untilNow", { start: intervalName(row.start, interval, manyDays, locale, zone) }) : nameOfSpan(row), row }));
  const byName: Line<Row>[] = report.totals.map((row) => ({ key: nameOf(row), name: report.names[nameOf(row)] ?? nameOf(row), row }));
  const lines = asked.by === "time" ? byTime : byName.sort((one, other) => one.name.localeCompare(other.name));
  const line = chosen === null ? undefined : lines.find((each) => each.key === chosen.line);
  const row = chosen === null ? undefined : chosen.line === "total" ? report.total : line?.row;
  const figure = figures.find(({ key }) => key === chosen?.figure);
  const ids = asked.by === "name" && line !== undefined ? [line.key] : asked.only;
  const behind: Behind | null =
    row === undefined || figure?.counted === undefined
      ? null
      : { start: row.start, end: row.end, counted: figure.counted, queues: about === "queues" ? ids : [], agents: about === "agents" ? ids : [] };
  const index = asked.by === "time" && line !== undefined ? byTime.indexOf(line) : -1;
  const opens = figures.find((each) => each.counted !== undefined)?.key;
  return (
    <>
      <section className={classes.totals} aria-label={t("reports.whole.total")}>
        {totals.map((key) => {
          const each = figures.find((one) => one.key === key);
          return (
            <div key={key}>
              <small title={t(`reports.whole.${key}`)}>{t(`reports.figure.${key}`)}</small>
              <b className="figures">{each?.text(report.total, locale)}</b>
            </div>
          );
        })}
      </section>
      <Charts
        rows={rows}
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
          <ReportTable label={t("reports.table", { span })} wide={asked.by === "name" || manyDays} first={asked.by === "time" ? t("reports.time") : t(`reports.one.${about}`)} figures={figures} lines={lines} total={report.total} chosen={chosen} choose={setChosen} dismiss={() => setChosen(null)} />
        )}
      </section>
      <aside className={classes.side} data-open={behind !== null || undefined} aria-label={t("reports.side")}>
        {behind === null ? (
          <Formulas total={report.total} />
        ) : (
          <BehindPanel key={JSON.stringify(behind)} asked={behind} title={`${figure === undefined ? "" : t(`reports.figure.${figure.key}`)}, ${line?.name ?? span}`} zone={zone} manyDays={manyDays && asked.by === "name"} close={() => setChosen(null)} />
        )}
      </aside>
    </>
  );
}

function Loading({ label }: { label: string }) {
  return (
    <>
      <div className={classes.totals} role="status" aria-label={label}>
        <Skeleton height={58} radius={12} />
      </div>
      <Skeleton height={206} radius={12} />
      <Skeleton height={206} radius={12} />
      <Skeleton className={classes.card} radius={12} h="100%" />
      <Skeleton className={classes.side} radius={12} h="100%" />
    </>
  );
}
