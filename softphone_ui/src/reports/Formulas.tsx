import { useTranslation } from "react-i18next";

import type { AgentFigures, QueueFigures } from "../api/reports";
import { percent } from "../format/numbers";
import { clock } from "../format/time";
import { useLocale } from "../i18n";
import type en from "../i18n/en.json";
import classes from "./Reports.module.css";

interface Formula {
  key: keyof typeof en.reports.formula;
  figures: Record<string, string | number>;
  result: string;
}

/** Nothing is chosen: how the numbers come about, with these numbers put in. */
export function Formulas({ formulas }: { formulas: readonly Formula[] }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={classes.head}>
        <h2>{t("reports.formulas")}</h2>
      </div>
      <div className={classes.found} tabIndex={0} role="region" aria-label={t("reports.formulas")}>
        <dl className={classes.formulas}>
          {formulas.map(({ key, figures, result }) => (
            <div key={key}>
              <dt>{t(`reports.whole.${key}`)}</dt>
              <dd>{t(`reports.formula.${key}`, figures)}</dd>
              <dd>
                <b>= {result}</b>
              </dd>
            </div>
          ))}
        </dl>
        <p className={classes.more}>{t("reports.formulasHelp")}</p>
      </div>
    </>
  );
}

const share = (value: number | null, locale: string): string => (value === null ? "–" : percent(value, locale));
const time = (seconds: number | null): string => (seconds === null ? "–" : clock(Math.round(seconds)));

export function useQueueFormulas(total: QueueFigures): Formula[] {
  const locale = useLocale();
  const text = (value: number): string => new Intl.NumberFormat(locale).format(value);
  const [answered, abandoned, handled] = [text(total.answered), text(total.abandoned), text(total.handled)];
  return [
    { key: "serviceLevel", figures: { inTime: text(total.answered_in_time), answered, abandoned }, result: share(total.service_level, locale) },
    { key: "abandonment", figures: { answered, abandoned }, result: share(total.abandonment, locale) },
    { key: "asa", figures: { time: time((total.average_speed_of_answer_s ?? 0) * total.answered), answered }, result: time(total.average_speed_of_answer_s) },
    { key: "aht", figures: { time: time((total.average_handle_time_s ?? 0) * total.handled), handled }, result: time(total.average_handle_time_s) },
    { key: "occupancy", figures: {}, result: share(total.occupancy, locale) },
    { key: "estimatesMet", figures: {}, result: share(total.calibration, locale) },
  ];
}

export function useAgentFormulas(total: AgentFigures): Formula[] {
  const locale = useLocale();
  return [
    { key: "aht", figures: { time: time((total.average_handle_time_s ?? 0) * total.handled), handled: total.handled }, result: time(total.average_handle_time_s) },
    {
      key: "agentOccupancy",
      figures: { working: time(total.offered_s + total.busy_s + total.wrap_up_s), available: time(total.available_s) },
      result: share(total.occupancy, locale),
    },
    { key: "adherence", figures: { served: time(total.planned_served_s), planned: time(total.planned_s) }, result: share(total.adherence, locale) },
  ];
}
