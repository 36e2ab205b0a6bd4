import { Popover } from "@mantine/core";
import { useMemo } from "react";
import { Trans, useTranslation } from "react-i18next";

import type { Queue } from "../api/live";
import { clock } from "../format/time";
import { useLive, useLiveView } from "../live/LiveProvider";
import { queuesByNeed } from "../live/selectors";
import { useRunning, useWaitTone } from "../live/useRunning";
import classes from "./Header.module.css";

/** The queue that waits longest, in one line; opens to all of them. */
export function QueuesGlance() {
  const { t } = useTranslation();
  const all = useLive((state) => state.queues);
  const lost = useLiveView((view) => view.connection === "reconnecting");
  const queues = useMemo(() => queuesByNeed(all), [all]);
  const first = queues[0];
  if (first === undefined || lost) return null;
  return (
    <Popover position="bottom-end" width={360} trapFocus>
      <Popover.Target>
        <button type="button" className={`${classes.plain ?? ""} ${classes.glance ?? ""}`} title={first.oldest_since === null ? undefined : first.name}>
          {first.oldest_since === null ? t("desk.glanceNone") : <Longest queue={first} since={first.oldest_since} />}
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
              <Row key={queue.queue_id} queue={queue} />
            ))}
          </tbody>
        </table>
      </Popover.Dropdown>
    </Popover>
  );
}

function Longest({ queue, since }: { queue: Queue; since: number }) {
  const waited = useRunning(since);
  const late = useWaitTone(since, queue.service_level_s) === "late";
  return (
    <span>
      <Trans
        i18nKey="desk.glance"
        values={{ queue: queue.name, count: queue.waiting, clock: waited }}
        components={{ 1: <b />, 3: <b className={late ? classes.late : undefined} /> }}
      />
    </span>
  );
}

function Row({ queue }: { queue: Queue }) {
  const waited = useRunning(queue.oldest_since);
  const late = useWaitTone(queue.oldest_since, queue.service_level_s) === "late";
  return (
    <tr>
      <td>{queue.name}</td>
      <td>{queue.waiting}</td>
      <td className={late ? classes.late : undefined}>{waited ?? "–"}</td>
      <td>{queue.expected_wait_s === null ? "–" : clock(queue.expected_wait_s)}</td>
    </tr>
  );
}
