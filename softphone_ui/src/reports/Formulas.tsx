import { useTranslation } from "react-i18next";

import type { AgentFigures, ServiceFigures } from "../api/reports";
import { clock } from "../format/time";
import { useLocale } from "../i18n";
import type en from "../i18n/en.json";
import { AGENT_FIGURES, SERVICE_FIGURES, written, type Figure } from "./figures";
import classes from "./Reports.module.css";

interface Formula {
  key: keyof typeof en.reports.formula;
  figures: Record<string, string | number>;
  result: string;
  /** Of the earlier time; null: none stands beside. */
  then: string | null;
}

/** Nothing is chosen: how the numbers come about, with these numbers put in. */
export function Formulas({ formulas, beside, more }: { formulas: readonly Formula[]; beside: string | null; more?: string }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={classes.head}>
        <h2>{t("reports.formulas")}</h2>
      </div>
      <div className={classes.found} tabIndex={0} role="region" aria-label={t("reports.formulas")}>
        <dl className={classes.formulas}>
          {formulas.map(({ key, figures, result, then }) => (
            <div key={key}>
              <dt>{t(`reports.whole.${key}`)}</dt>
              <dd>{t(`reports.formula.${key}`, figures)}</dd>
              <dd>
                <b>= {result}</b>
              </dd>
              {beside !== null && then !== null && (
                <dd className={classes.then}>
                  {beside}: {then}
                </dd>
              )}
            </div>
          ))}
        </dl>
        {more !== undefined && <p className={classes.more}>{more}</p>}
        <p className={classes.more}>{t("reports.formulasHelp")}</p>
      </div>
    </>
  );
}

export function useServiceFormulas(total: ServiceFigures, earlier: ServiceFigures | null): Formula[] {
  const locale = useLocale();
  const text = (value: number): string => new Intl.NumberFormat(locale).format(value);
  const [answered, abandoned, handled] = [text(total.answered), text(total.abandoned), text(total.handled)];
  const figures: Record<string, Formula["figures"]> = {
    serviceLevel: { inTime: text(total.answered_in_time), answered, abandoned },
    abandonment: { answered, abandoned },
    other: partsOf(total, locale),
    asa: { time: time((total.average_speed_of_answer_s ?? 0) * total.answered), answered },
    aht: { time: time((total.average_handle_time_s ?? 0) * total.handled), handled },
    occupancy: {},
    estimatesMet: {},
  };
  return formulas(SERVICE_FIGURES, figures, total, earlier, locale);
}

/** What «Other» is made of. */
export function partsOf(row: ServiceFigures, locale: string): { short: string; moved: string; unserved: string } {
  const text = (value: number): string => new Intl.NumberFormat(locale).format(value);
  return { short: text(row.short_abandoned), moved: text(row.moved), unserved: text(row.unserved) };
}

export function useAgentFormulas(total: AgentFigures, earlier: AgentFigures | null): Formula[] {
  const locale = useLocale();
  const figures: Record<string, Formula["figures"]> = {
    aht: { time: time((total.average_handle_time_s ?? 0) * total.handled), handled: total.handled },
    agentOccupancy: { working: time(total.offered_s + total.busy_s + total.wrap_up_s), available: time(total.available_s) },
    adherence: { served: time(total.planned_served_s), planned: time(total.planned_s) },
  };
  return formulas(AGENT_FIGURES, figures, total, earlier, locale);
}

function formulas<Row>(every: readonly Figure<Row>[], figures: Record<string, Formula["figures"]>, total: Row, earlier: Row | null, locale: string): Formula[] {
  return Object.entries(figures).flatMap(([key, put]) => {
    const figure = every.find((each) => each.key === (key === "agentOccupancy" ? "occupancy" : key));
    if (figure === undefined) return [];
    const precise = figure.unit === "share" ? { ...figure, digits: 1 } : figure;
    return [{ key: key as Formula["key"], figures: put, result: written(precise, total, locale), then: earlier === null ? null : written(precise, earlier, locale) }];
  });
}

const time = (seconds: number): string => clock(Math.round(seconds));
