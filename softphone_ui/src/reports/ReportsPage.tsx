import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { agentReportQuery, queueReportQuery, type About, type AgentFigures, type QueueFigures } from "../api/reports";
import { percent } from "../format/numbers";
import { clock } from "../format/time";
import { useLocale } from "../i18n";
import { clockTop, niceTop } from "./axis";
import { Lines, StackedBars, type Scale } from "./Chart";
import { AGENT_FIGURES, AGENT_TOTALS, agentIsEmpty, QUEUE_FIGURES, QUEUE_TOTALS, queueIsEmpty } from "./figures";
import { Formulas, useAgentFormulas, useQueueFormulas } from "./Formulas";
import { ReportView, type ChartsProps } from "./ReportView";
import type { Asked } from "./useAsked";

/** What was, by queue and by agent. */
export function ReportsPage({ about }: { about: About }) {
  return about === "queues" ? <ReportView kind={QUEUES} useReport={useQueueReport} /> : <ReportView kind={AGENTS} useReport={useAgentReport} />;
}

const question = ({ first, last, interval, only }: Asked) => ({ first, last, interval, only });
const useQueueReport = (asked: Asked) => useQuery({ ...queueReportQuery(question(asked)), placeholderData: keepPreviousData });
const useAgentReport = (asked: Asked) => useQuery({ ...agentReportQuery(question(asked)), placeholderData: keepPreviousData });

const most = (values: readonly (number | null)[]): number => Math.max(0, ...values.map((value) => value ?? 0));

function useScales() {
  const locale = useLocale();
  const shares: Scale = { top: 1, text: (value) => percent(value, locale, 0) };
  const counted = (greatest: number): Scale => ({ top: niceTop(greatest), text: (value) => new Intl.NumberFormat(locale).format(value) });
  const times = (greatest: number): Scale => ({ top: clockTop(greatest), text: (value) => clock(Math.round(value)) });
  return { shares, counted, times };
}

function QueueCharts({ rows, span, ...common }: ChartsProps<QueueFigures>) {
  const { t } = useTranslation();
  const { shares, counted, times } = useScales();
  const late = rows.map((row) => row.answered - row.answered_in_time);
  const waits = rows.map((row) => row.average_speed_of_answer_s);
  return (
    <>
      <StackedBars
        {...common}
        title={t("reports.chart.outcomes")}
        summary={t("reports.chart.outcomesOf", { span })}
        scale={counted(most(rows.map((row) => row.answered + row.abandoned)))}
        parts={[
          { name: t("reports.chart.inTime"), kind: "first", values: rows.map((row) => row.answered_in_time) },
          { name: t("reports.chart.late"), kind: "second", values: late },
          { name: t("reports.chart.abandoned"), kind: "bad", values: rows.map((row) => row.abandoned) },
        ]}
      />
      <Lines
        {...common}
        title={t("reports.chart.service")}
        summary={t("reports.chart.serviceOf", { span })}
        lines={[
          { name: t("reports.figure.serviceLevel"), kind: "solid", values: rows.map((row) => row.service_level), scale: shares },
          { name: t("reports.figure.asa"), kind: "dashed", values: waits, scale: times(most(waits)) },
        ]}
      />
    </>
  );
}

function AgentCharts({ rows, span, ...common }: ChartsProps<AgentFigures>) {
  const { t } = useTranslation();
  const { shares, times } = useScales();
  const handled = rows.map((row) => row.average_handle_time_s);
  return (
    <>
      <StackedBars
        {...common}
        title={t("reports.chart.time")}
        summary={t("reports.chart.timeOf", { span })}
        scale={times(most(rows.map((row) => row.offered_s + row.busy_s + row.wrap_up_s + row.available_s + row.away_s)))}
        parts={[
          { name: t("reports.chart.busy"), kind: "first", values: rows.map((row) => row.offered_s + row.busy_s) },
          { name: t("reports.figure.inWrapUp"), kind: "second", values: rows.map((row) => row.wrap_up_s) },
          { name: t("reports.figure.available"), kind: "third", values: rows.map((row) => row.available_s) },
          { name: t("reports.figure.away"), kind: "away", values: rows.map((row) => row.away_s) },
        ]}
      />
      <Lines
        {...common}
        title={t("reports.chart.work")}
        summary={t("reports.chart.workOf", { span })}
        lines={[
          { name: t("reports.figure.occupancy"), kind: "solid", values: rows.map((row) => row.occupancy), scale: shares },
          { name: t("reports.figure.aht"), kind: "dashed", values: handled, scale: times(most(handled)) },
        ]}
      />
    </>
  );
}

const QUEUES = {
  about: "queues" as const,
  figures: QUEUE_FIGURES,
  totals: QUEUE_TOTALS,
  nameOf: (row: QueueFigures) => row.queue_id,
  isEmpty: queueIsEmpty,
  Charts: QueueCharts,
  Formulas: ({ total }: { total: QueueFigures }) => <Formulas formulas={useQueueFormulas(total)} />,
};
const AGENTS = {
  about: "agents" as const,
  figures: AGENT_FIGURES,
  totals: AGENT_TOTALS,
  nameOf: (row: AgentFigures) => row.agent_id,
  isEmpty: agentIsEmpty,
  Charts: AgentCharts,
  Formulas: ({ total }: { total: AgentFigures }) => <Formulas formulas={useAgentFormulas(total)} />,
};
