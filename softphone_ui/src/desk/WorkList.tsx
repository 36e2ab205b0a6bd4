import { Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Call, Offer } from "../api/live";
import { ChannelIcon } from "../common/ChannelIcon";
import { clock, countdown } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { queuesByName } from "../live/selectors";
import { waitTone } from "../live/tones";
import { useNow } from "../live/useNow";
import type { Focus } from "./DeskPage";
import { DoneToday } from "./DoneToday";
import { OfferCard } from "./OfferCard";
import classes from "./WorkList.module.css";

/** What is in my hands, what waits, what I did today. */
export function WorkList({ offers, calls, focus }: { offers: Offer[]; calls: Call[]; focus: Focus }) {
  const { t } = useTranslation();
  const count = offers.length + calls.length;
  const ready = useLive((state) => state.ready);
  return (
    <section className={classes.list} aria-label={t("desk.myWork")}>
      <h2>
        {t("desk.myWork")}
        {count > 0 && ` · ${count}`}
      </h2>
      {offers.map((offer, index) => (
        <OfferCard key={offer.offer_id} offer={offer} first={index === 0} />
      ))}
      {calls.map((call) => (
        <WorkItem key={call.call_id} call={call} on={focus.kind === "call" && focus.call.call_id === call.call_id} />
      ))}
      {count === 0 && !ready && <Skeleton height={40} mx={16} mb={16} w="auto" />}
      {count === 0 && ready && (
        <p className={classes.none}>
          {t("desk.nothing")}
          <small>{t("desk.nothingHelp")}</small>
        </p>
      )}
      <WaitingQueues />
      <DoneToday />
    </section>
  );
}

function WorkItem({ call, on }: { call: Call; on: boolean }) {
  const { t } = useTranslation();
  const now = useNow();
  const queue = useLive((state) => (call.queue_id === null ? undefined : state.queues[call.queue_id]));
  const wrap = call.state === "wrap_up";
  const left = call.wrap_up_until === null ? null : call.wrap_up_until - now;
  return (
    <div className={classes.item} data-on={on} aria-current={on || undefined}>
      <ChannelIcon channel={call.outbound ? "callback" : "call"} />
      <b>{call.customer_name || t("desk.unknownCaller")}</b>
      <span className={classes.clock} data-late={wrap && left !== null && left < 10}>
        {wrap ? (left === null ? "" : t("wrapUp.left", { clock: countdown(left) })) : clock(now - (call.connected_at ?? call.started_at))}
      </span>
      <small>{[queue?.name, wrap ? t("state.wrap_up") : call.state === "dialling" ? t("board.callState.dialling") : call.state === "held" ? t("call.onHold") : t("call.talking")].filter(Boolean).join(" · ")}</small>
    </div>
  );
}

function WaitingQueues() {
  const { t } = useTranslation();
  const now = useNow();
  const all = useLive((state) => state.queues);
  const ready = useLive((state) => state.ready);
  const queues = useMemo(() => queuesByName(all), [all]);
  return (
    <>
      <h2>{t("desk.queues")}</h2>
      {!ready && <Skeleton height={48} mx={16} w="auto" />}
      {ready && queues.length === 0 && <p className={classes.none}>{t("desk.noQueues")}</p>}
      {queues.map((queue) => {
        const waited = queue.oldest_since === null ? null : now - queue.oldest_since;
        return (
          <div key={queue.queue_id} className={classes.queue}>
            <span>{queue.name}</span>
            <span className={classes.clock} data-late={waited !== null && waitTone(waited, queue.service_level_s) === "late"}>
              {waited === null ? t("desk.noneWaiting") : `${queue.waiting} · ${clock(waited)}`}
            </span>
          </div>
        );
      })}
    </>
  );
}
