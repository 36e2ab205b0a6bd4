import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconPhone } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Call, CallRecord } from "../../api/live";
import { firstCallsQuery } from "../../api/queries";
import { Link } from "../../app/Link";
import { endWords } from "../../calls/words";
import { exact } from "../../format/time";
import { useLocale } from "../../i18n";
import { useLive } from "../../live/LiveProvider";
import { CHECKS, proved, stoppedAt, type Check } from "./checks";
import classes from "./Setup.module.css";

/** The widget's own page in another tab: this browser is the caller. */
export function placeTestCall(number: string): void {
  window.open(`/widget.html?number=${encodeURIComponent(number)}`, "_blank");
}

/** The test call as it happens, step by step; without one what will be checked, or the call that worked. */
export function TestCall({ number, record }: { number: string | undefined; record: CallRecord | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [since] = useState(() => Date.now() / 1000);
  const offset = useLive((state) => state.clockOffset);
  const call = useLive((state) => newest(Object.values(state.calls), since + offset));
  const reached = useReached(call);
  const stopped = call === undefined ? undefined : stoppedAt(call, reached);
  const over = isOver(call);
  const good = over ? stopped === undefined || stopped === "transcript" : call === undefined && record !== undefined;
  const title = call === undefined ? (record === undefined ? "title" : "worked") : !over ? "running" : good ? "worked" : "stopped";
  return (
    <section className={classes.test} aria-label={t("setup.test.title")} aria-live="polite">
      <header>
        <span className={classes.badge} data-good={good} aria-hidden>
          {good ? <IconCheck size={20} /> : <IconPhone size={20} stroke={1.6} />}
        </span>
        <div>
          <h3>{t(`setup.test.${title}`)}</h3>
          <p>{call === undefined && record !== undefined ? exact(record.started_at, locale) : over ? endWords(t, call?.cause ?? null) : t("setup.test.help")}</p>
        </div>
      </header>
      {(call !== undefined || record === undefined) && (
        <ul>
          {CHECKS.map((check) => (
            <li key={check} data-reached={reached.has(check)} data-stopped={check === stopped}>
              {check === stopped ? <IconAlertTriangle size={16} aria-hidden /> : <IconCheck size={16} aria-hidden />}
              <div>
                {t(`setup.test.check.${check}`, { number: number ?? "…" })}
                {check === stopped && <small>{t(`setup.test.why.${check}`)}</small>}
              </div>
            </li>
          ))}
        </ul>
      )}
      {(record !== undefined || call !== undefined) && (
        <footer>
          <Button component={Link} href={`/calls/${call?.call_id ?? record?.call_id ?? ""}`} variant="default">
            {t("setup.test.open")}
          </Button>
        </footer>
      )}
    </section>
  );
}

/** The last one of a browser that began while the page is open. */
function newest(calls: readonly Call[], since: number): Call | undefined {
  return calls.filter((call) => call.kind === "browser" && call.started_at >= since - 5).sort((a, b) => b.started_at - a.started_at)[0];
}

const isOver = (call: Call | undefined): boolean => call !== undefined && call.ended_at !== null;

/** Everything that the call has shown so far; a new call begins anew. When it is over the history has it. */
function useReached(call: Call | undefined): ReadonlySet<Check> {
  const queries = useQueryClient();
  const [kept, keep] = useState<{ id: string; reached: ReadonlySet<Check> }>({ id: "", reached: new Set() });
  const id = call?.call_id ?? "";
  const now = call === undefined ? [] : proved(call);
  const before = kept.id === id ? kept.reached : new Set<Check>();
  if (kept.id !== id || now.some((check) => !before.has(check))) keep({ id, reached: new Set([...before, ...now]) });
  const over = isOver(call);
  useEffect(() => {
    if (over) void queries.invalidateQueries({ queryKey: firstCallsQuery.queryKey });
  }, [over, queries]);
  return before;
}
