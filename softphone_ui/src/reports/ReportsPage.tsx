import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { agentReportQuery, channelReportQuery, queueReportQuery, skillReportQuery, type AgentFigures, type ServiceFigures } from "../api/reports";
import { percent } from "../format/numbers";
import { clock } from "../format/time";
import { useLocale } from "../i18n";
import type en from "../i18n/en.json";
import { KEY_OF, type About } from "./about";
import { clockTop, niceTop } from "./axis";
import { Lines, StackedBars, type Scale, type Then } from "./Chart";
import { AGENT_FIGURES, AGENT_TOTALS, agentIsEmpty, SERVICE_FIGURES, SERVICE_TOTALS, serviceIsEmpty } from "./figures";
import { Formulas, partsOf, useAgentFormulas, useServiceFormulas } from "./Formulas";
import { ReportView, type ChartsProps } from "./ReportView";
import type { Asked } from "./useAsked";

/** What was: by queue, by what was asked for, by channel and by agent. */
export function ReportsPage({ about }: { about: About }) {
  switch (about) {
    case "queues":
      return <ReportView key={about} kind={QUEUES} useReport={useQueueReport} />;
    case "skills":
      return <ReportView key={about} kind={SKILLS} useReport={useSkillReport} />;
    case "channels":
      return <ReportView key={about} kind={CHANNELS} useReport={useChannelReport} />;
    case "agents":
      return <ReportView key={about} kind={AGENTS} useReport={useAgentReport} />;
  }
}

const question = ({ first, last, interval, only, beside }: Asked) => ({ first, last, interval, only, beside });
const useQueueReport = (asked: Asked) => useQuery({ ...queueReportQuery(question(asked)), placeholderData: keepPreviousData });
const useSkillReport = (asked: Asked) => useQuery({ ...skillReportQuery(question(asked)), placeholderData: keepPreviousData });
const useChannelReport = (asked: Asked) => useQuery({ ...channelReportQuery(question(asked)), placeholderData: keepPreviousData });
const useAgentReport = (asked: Asked) => useQuery({ ...agentReportQuery(question(asked)), placeholderData: keepPreviousData });

const most = (values: readonly (number | null)[]): number => Math.max(0, ...values.map((value) => value ?? 0));

function thenOf<Row>(name: string | null, earlier: readonly (Row | null)[], value: (row: Row) => number | null): Then | null {
  return name === null ? null : { name, values: earlier.map((row) => (row === null ? null : value(row))) };
}

function useScales() {
  const locale = useLocale();
  const shares: Scale = { top: 1, text: (value) => percent(value, locale, 0) };
  const counted = (greatest: number): Scale => ({ top: niceTop(greatest), text: (value) => new Intl.NumberFormat(locale).format(value) });
  const times = (greatest: number): Scale => ({ top: clockTop(greatest), text: (value) => clock(Math.round(value)) });
  return { shares, counted, times };
}

function ServiceCharts({ rows, earlier, beside, span, ...common }: ChartsProps<ServiceFigures>) {
  const { t } = useTranslation();
  const { shares, counted, times } = useScales();
  const late = rows.map((row) => row.answered - row.answered_in_time);
  const waits = rows.map((row) => row.average_speed_of_answer_s);
  const came = (row: ServiceFigures): number => row.answered + row.abandoned;
  const before = thenOf(beside, earlier, came);
  return (
    <>
      <StackedBars
        {...common}
        title={t("reports.chart.outcomes")}
        summary={t("reports.chart.outcomesOf", { span })}
        scale={counted(most([...rows.map(came), ...(before?.values ?? [])]))}
        then={before}
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
        then={thenOf(beside, earlier, (row) => row.service_level)}
        lines={[
          { name: t("reports.figure.serviceLevel"), kind: "solid", values: rows.map((row) => row.service_level), scale: shares },
          { name: t("reports.figure.asa"), kind: "dashed", values: waits, scale: times(most(waits)) },
        ]}
      />
    </>
  );
}

function AgentCharts({ rows, earlier, beside, span, ...common }: ChartsProps<AgentFigures>) {
  const { t } = useTranslation();
  const { shares, times } = useScales();
  const handled = rows.map((row) => row.average_handle_time_s);
  const signedIn = (row: AgentFigures): number => row.offered_s + row.busy_s + row.wrap_up_s + row.available_s + row.away_s;
  const before = thenOf(beside, earlier, signedIn);
  return (
    <>
      <StackedBars
        {...common}
        title={t("reports.chart.time")}
        summary={t("reports.chart.timeOf", { span })}
        scale={times(most([...rows.map(signedIn), ...(before?.values ?? [])]))}
        then={before}
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
        then={thenOf(beside, earlier, (row) => row.occupancy)}
        lines={[
          { name: t("reports.figure.occupancy"), kind: "solid", values: rows.map((row) => row.occupancy), scale: shares },
          { name: t("reports.figure.aht"), kind: "dashed", values: handled, scale: times(most(handled)) },
        ]}
      />
    </>
  );
}

function ServiceFormulas({ total, earlier, beside, more }: { total: ServiceFigures; earlier: ServiceFigures | null; beside: string | null; more?: string }) {
  return <Formulas formulas={useServiceFormulas(total, earlier)} beside={beside} {...(more === undefined ? {} : { more })} />;
}

/** A conversation that asks for two skills counts in both, which people must know before they add the lines up. */
function SkillFormulas(props: { total: ServiceFigures; earlier: ServiceFigures | null; beside: string | null }) {
  const { t } = useTranslation();
  return <ServiceFormulas {...props} more={t("reports.skillsHelp")} />;
}

function useServiceParts() {
  const { t } = useTranslation();
  const locale = useLocale();
  return (row: ServiceFigures, figure: string): string | null => (figure === "other" ? t("reports.formula.other", partsOf(row, locale)) : null);
}

const asItIs = (_key: string, name: string): string => name;
const useSkillNames = () => {
  const { t } = useTranslation();
  const ours: Readonly<Record<string, string>> = { "(none)": t("reports.noSkill"), "(not recorded)": t("reports.skillNotRecorded") };
  return (key: string, name: string): string => ours[key] ?? name;
};
const useChannelNames = () => {
  const { t } = useTranslation();
  return (key: string): string => t(`channels.${key as keyof typeof en.channels}`);
};

const SERVICE = { figures: SERVICE_FIGURES, totals: SERVICE_TOTALS, isEmpty: serviceIsEmpty, useParts: useServiceParts, useNames: () => asItIs, Charts: ServiceCharts, Formulas: ServiceFormulas };
const keyOf =
  (about: "queues" | "skills" | "channels") =>
  (row: ServiceFigures): string =>
    row[KEY_OF[about]] ?? "";
const QUEUES = { ...SERVICE, about: "queues" as const, keyOf: keyOf("queues") };
const SKILLS = { ...SERVICE, about: "skills" as const, keyOf: keyOf("skills"), useNames: useSkillNames, Formulas: SkillFormulas };
const CHANNELS = { ...SERVICE, about: "channels" as const, keyOf: keyOf("channels"), useNames: useChannelNames };
const AGENTS = {
  about: "agents" as const,
  figures: AGENT_FIGURES,
  totals: AGENT_TOTALS,
  keyOf: (row: AgentFigures) => row.agent_id,
  isEmpty: agentIsEmpty,
  useParts: () => () => null,
  useNames: () => asItIs,
  Charts: AgentCharts,
  Formulas: ({ total, earlier, beside }: { total: AgentFigures; earlier: AgentFigures | null; beside: string | null }) => <Formulas formulas={useAgentFormulas(total, earlier)} beside={beside} />,
};
