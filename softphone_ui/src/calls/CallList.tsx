import { Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { CallRecord } from "../api/live";
import { callsQuery } from "../api/queries";
import { Link } from "../app/Link";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import { clock, exact, near } from "../format/time";
import { useNow } from "../live/useNow";
import classes from "./Calls.module.css";
import { holderWords } from "./handled";
import { dispositionWords, endWords } from "./words";

const ROW_PX = 57;

/** Draws only the rows in view, fetches the next page when its foot comes near: a year of calls scrolls like a day. */
export function CallList({ chosen }: { chosen: string | null }) {
  const { t } = useTranslation();
  const calls = useInfiniteQuery(callsQuery);
  const items = calls.data?.pages.flatMap((page) => page.items) ?? [];
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: items.length, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 8 });
  const lastSeen = rows.getVirtualItems().at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = calls;
  useEffect(() => {
    if (lastSeen >= items.length - 10 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [lastSeen, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (calls.isError && items.length === 0) {
    return (
      <section className={classes.list} aria-label={t("calls.list")}>
        <Notice
          tone="bad"
          title={t("calls.failed")}
          text={inWords(calls.error)}
          action={{ label: t("app.retry"), run: () => void calls.refetch(), busy: calls.isFetching }}
        />
      </section>
    );
  }
  return (
    <section className={classes.list} aria-label={t("calls.list")} aria-busy={calls.isPending} ref={box}>
      {calls.isPending && [...Array(12).keys()].map((row) => <Skeleton key={row} height={ROW_PX - 17} m="8px 16px" w="auto" />)}
      {calls.isSuccess && items.length === 0 && <Notice title={t("calls.empty")} text={t("calls.emptyHelp")} />}
      <div role="list" style={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const call = items[index];
          return call === undefined ? null : (
            <div role="listitem" key={call.call_id} style={{ position: "absolute", top: start, left: 0, right: 0, height: ROW_PX }}>
              <Row call={call} on={call.call_id === chosen} />
            </div>
          );
        })}
      </div>
    </section>
  );
}

function Row({ call, on }: { call: CallRecord; on: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(call.started_at, now, locale));
  const talked = call.connected_at !== null && call.ended_at !== null ? clock(call.ended_at - call.connected_at) : null;
  const end = call.ended_at === null ? t("calls.running") : dispositionWords(t, call.disposition) || endWords(t, call.cause);
  return (
    <Link href={`/calls/${call.call_id}`} className={classes.row} aria-current={on ? "true" : undefined}>
      <b>{call.customer_name || call.caller || t("desk.unknownCaller")}</b>
      <time dateTime={new Date(call.started_at * 1000).toISOString()} title={exact(call.started_at, locale)}>
        {when}
      </time>
      <small>{[holderWords(t, call.engagements, call.agent_name), end].filter(Boolean).join(" · ")}</small>
      <small>{talked ?? t("calls.notConnected")}</small>
    </Link>
  );
}
