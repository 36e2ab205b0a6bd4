import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Channel, TimelineItem } from "../api/live";
import { timelineQuery } from "../api/queries";
import { TimelineRow } from "./TimelineRow";
import classes from "./Customer.module.css";

const FILTERS: readonly Channel[] = ["call", "chat", "email", "ticket", "callback"];

interface Props {
  customerId: string;
  /** The newest items, which came with the pop: shown at once, before any request. */
  first: readonly TimelineItem[];
  /** The call that is going on: history is what was before. */
  except?: string;
  open: (item: TimelineItem) => void;
}

/** One history over all channels, newest first, with chips to look at one. */
export function Timeline({ customerId, first, except, open }: Props) {
  const { t } = useTranslation();
  const [channel, setChannel] = useState<Channel | null>(null);
  const history = useInfiniteQuery(timelineQuery(customerId, channel));
  // The pop came again with other news (an import, somebody else's note): what was fetched before is old.
  const newest = first.map((item) => item.interaction_id).join(" ");
  const known = useRef(newest);
  const { refetch, isPending } = history;
  useEffect(() => {
    if (known.current === newest || isPending) return; // while the first answer is on its way there is no second question: it comes after it
    known.current = newest;
    void refetch();
  }, [newest, refetch, isPending]);
  const told = history.data?.pages.flatMap((page) => page.items) ?? first.filter((item) => channel === null || item.channel === channel);
  const items = told.filter((item) => except === undefined || item.call_id !== except);
  return (
    <section aria-label={t("customer.history")}>
      <h3 className={classes.heading}>{channel === null ? t("customer.history") : t("customer.historyOf", { channel: t(`channels.${channel}`) })}</h3>
      <div className={classes.filters} role="group" aria-label={t("customer.filter")}>
        <Filter label={t("customer.all")} on={channel === null} choose={() => setChannel(null)} />
        {FILTERS.map((one) => (
          <Filter key={one} label={t(`channels.${one}`)} on={channel === one} choose={() => setChannel(one)} />
        ))}
      </div>
      <ul className={classes.list}>
        {items.map((item) => (
          <li key={item.interaction_id}>
            <TimelineRow item={item} open={() => open(item)} />
          </li>
        ))}
      </ul>
      {items.length === 0 && history.isSuccess && <p className={classes.quiet}>{t(channel === null ? "customer.noHistory" : "customer.noHistoryIn")}</p>}
      {history.isError && (
        <p className={classes.quiet} role="alert">
          {t("customer.historyFailed")}{" "}
          <Button size="compact-xs" variant="default" onClick={() => void history.refetch()}>
            {t("app.retry")}
          </Button>
        </p>
      )}
      {history.hasNextPage && (
        <Button className={classes.more} size="xs" variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {t("customer.more")}
        </Button>
      )}
    </section>
  );
}

function Filter({ label, on, choose }: { label: string; on: boolean; choose: () => void }) {
  return (
    <button type="button" className={classes.filter} aria-pressed={on} onClick={choose}>
      {label}
    </button>
  );
}
