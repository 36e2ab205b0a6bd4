import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { Queue } from "../api/live";
import { Link } from "../app/Link";
import { waitRange } from "../common/expected";
import { percent } from "../format/numbers";
import { useLive } from "../live/LiveProvider";
import { queuesByName } from "../live/selectors";
import { rightlySaid, serviceTone } from "../live/tones";
import { useRunning, useWaitTone } from "../live/useRunning";
import classes from "./Board.module.css";
import { Sparkline } from "./Sparkline";

/** Every queue in one row. Sorted by name, so that no row moves under the eye. */
export function QueuesCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.queues);
  const queues = useMemo(() => queuesByName(all), [all]);
  const mayAdminister = useLive((state) => state.me?.permissions.includes("administer") ?? false);
  return (
    <section className={classes.card}>
      <h2>{t("board.queues")}</h2>
      {queues.length === 0 ? (
        <div className={classes.empty}>
          {t("board.noQueuesHelp")} {mayAdminister && <Link href="/admin/setup">{t("board.setUp")}</Link>}
        </div>
      ) : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label={t("board.queues")}>
          <table className={`${classes.table ?? ""} ${classes.queues ?? ""}`}>
            <thead>
              <tr>
                <th scope="col">{t("board.queue")}</th>
                <th scope="col">{t("board.waiting")}</th>
                <th scope="col">{t("board.oldest")}</th>
                <th scope="col">{t("board.expected")}</th>
                <th scope="col" title={t("board.saidHelp")}>
                  {t("board.said")}
                </th>
                <th scope="col">{t("board.serviceLevel")}</th>
                <th scope="col">{t("board.last30")}</th>
                <th scope="col">{t("board.agents")}</th>
                <th scope="col">{t("board.abandoned")}</th>
              </tr>
            </thead>
            <tbody>
              {queues.map((queue) => (
                <Row key={queue.queue_id} queue={queue} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const waited = useRunning(queue.oldest_since);
  const tone = useWaitTone(queue.oldest_since, queue.service_level_s);
  return (
    <tr data-reveal={`queue:${queue.queue_id}`} tabIndex={-1}>
      <td>
        <b>{queue.name}</b>
      </td>
      <td>{queue.waiting}</td>
      <td className={tone === "calm" ? undefined : classes[tone]}>{waited ?? "–"}</td>
      <td>{queue.expected_wait_s === 0 && queue.waiting === 0 ? t("board.none") : (waitRange(queue.expected_wait_s, queue.expected_p90_s) ?? "–")}</td>
      <td title={queue.estimate_error_s === null ? t("board.saidWaitNot") : t("board.estimateError", { seconds: Math.round(queue.estimate_error_s) })}>
        {queue.calibration === null ? "–" : <span className={rightlySaid(queue.calibration) ? undefined : classes.soon}>{percent(queue.calibration, locale, 0)}</span>}
      </td>
      <td>{queue.service_level === null ? "–" : <Level share={queue.service_level} />}</td>
      <td>
        <Sparkline values={queue.recent} hot={tone === "late"} label={t("board.recent", { most: Math.max(0, ...queue.recent) })} />
      </td>
      <td title={t("board.agentsExact", { free: queue.agents_free, busy: queue.agents_busy, wrapUp: queue.agents_wrap_up, unreachable: queue.agents_unreachable })}>
        {queue.agents_free} / {queue.agents_busy} / {queue.agents_wrap_up}
        {queue.agents_unreachable > 0 && <small className={classes.bad}> {t("board.unreachable", { count: queue.agents_unreachable })}</small>}
      </td>
      <td>{queue.offered === 0 ? "–" : percent(queue.abandoned / queue.offered, locale)}</td>
    </tr>
  );
}

function Level({ share }: { share: number }) {
  const locale = useLocale();
  return (
    <span className={classes.level}>
      <span className={classes.bar} aria-hidden="true">
        <i data-tone={serviceTone(share)} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={classes.share} data-tone={serviceTone(share)}>{percent(share, locale, 0)}</span>
    </span>
  );
}
