import { Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import { callsQuery } from "../api/queries";
import { Link } from "../app/Link";
import { holders } from "../calls/handled";
import { clock, dayNumber, hourAndMinute } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { myAgent } from "../live/selectors";
import { useNow } from "../live/useNow";
import classes from "./WorkList.module.css";

const SHOWN = 8;

/** The calls in which my part is over, newest first; each opens its record. One that I handed on may still go on. */
export function DoneToday() {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useLive(myAgent);
  const handled = me?.handled_today ?? 0;
  // The count in the key fetches again when one more is done.
  const calls = useInfiniteQuery({ ...callsQuery, queryKey: [...callsQuery.queryKey, "mine", handled] as never });
  const day = useNow((now) => dayNumber(now));
  const today = useMemo(
    () =>
      (calls.data?.pages ?? [])
        .flatMap((page) => page.items)
        .filter((call) => holders(call.engagements).some((each) => each.agent_id === me?.agent_id && (each.to_at !== null || call.ended_at !== null))),
    [calls.data, me],
  );
  const mine = today.filter((call) => dayNumber(call.started_at) === day).slice(0, SHOWN);
  return (
    <>
      <h2>
        {t("desk.doneToday")}
        {handled > 0 && ` · ${handled}`}
      </h2>
      {me === null && <Skeleton height={120} mx={16} w="auto" />}
      {me !== null && handled === 0 && <p className={classes.none}>{t("desk.noneDone")}</p>}
      {mine.map((call) => (
        <Link key={call.call_id} href={`/calls/${call.call_id}`} className={classes.done}>
          <span>{call.customer_name || call.caller || t("desk.unknownCaller")}</span>
          <span className={classes.clock}>
            {hourAndMinute(call.started_at, locale)}
            {call.connected_at !== null && call.ended_at !== null && ` · ${clock(call.ended_at - call.connected_at)}`}
          </span>
        </Link>
      ))}
    </>
  );
}
