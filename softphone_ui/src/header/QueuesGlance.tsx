import { Popover } from "@mantine/core";
import { useMemo } from "react";
import { Trans, useTranslation } from "react-i18next";

import { clock } from "../format/time";
import { useLive, useLiveView } from "../live/LiveProvider";
import { queuesByNeed } from "../live/selectors";
import { useNow } from "../live/useNow";
import { waitTone } from "../live/tones";
import classes from "./Header.module.css";

/** The queue that waits longest, in one line; opens to all of them. */
export function QueuesGlance() {
  const { t } = useTranslation();
  const all = useLive((state) => state.queues);
  const lost = useLiveView((view) => view.connection === "reconnecting");
  const queues = useMemo(() => queuesByNeed(all), [all]);
  const now = useNow();
  const first = queues[0];
  if (first === undefined || lost) return null;
  return (
    <Popover position="bottom-end" width={360} trapFocus>
      <Popover.Target>
        <button type="button" className={classes.plain}>
          {first.oldest_since === null ? (
            t("desk.glanceNone")
          ) : (
            <span>
              <Trans
                i18nKey="desk.glance"
                values={{ queue: first.name, count: first.waiting, clock: clock(now - first.oldest_since) }}
                components={{ 1: <b />, 3: <b className={waitTone(now - first.oldest_since, first.service_level_s) === "late" ? classes.late : undefined} /> }}
              />
            </span>
          )}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t("board.queue")}</th>
              <th>{t("board.waiting")}</th>
              <th>{t("board.oldest")}</th>
              <th>{t("board.expected")}</th>
            </tr>
          </thead>
          <tbody>
            {queues.map((queue) => (
              <tr key={queue.queue_id}>
                <td>{queue.name}</td>
                <td>{queue.waiting}</td>
                <td className={waitTone(queue.oldest_since === null ? 0 : now - queue.oldest_since, queue.service_level_s) === "late" ? classes.late : undefined}>
                  {queue.oldest_since === null ? "–" : clock(now - queue.oldest_since)}
                </td>
                <td>{queue.expected_wait_s === null ? "–" : clock(queue.expected_wait_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Popover.Dropdown>
    </Popover>
  );
}
