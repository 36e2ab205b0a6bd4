import { Skeleton } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Call, Offer, Queue, Work } from "../api/live";
import { ChannelIcon } from "../common/ChannelIcon";
import { clock, countdown } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { partIn, queuesByName, wrapUpOf } from "../live/selectors";
import { useNow } from "../live/useNow";
import { useRunning, useWaitTone } from "../live/useRunning";
import type { Focus } from "./DeskPage";
import { DoneToday } from "./DoneToday";
import { MyLater } from "./MyLater";
import { agentName } from "./party";
import { OfferCard } from "./OfferCard";
import classes from "./WorkList.module.css";

/** What is in my hands, what waits, what I did today. */
export function WorkList({ agentId, offers, calls, promised, focus }: { agentId: string | null; offers: Offer[]; calls: Call[]; promised: readonly Work[]; focus: Focus }) {
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
        <WorkItem key={call.call_id} call={call} agentId={agentId} on={focus.kind === "call" && focus.call.call_id === call.call_id} />
      ))}
      {count === 0 && !ready && <Skeleton height={40} mx={16} mb={16} w="auto" />}
      {count === 0 && ready && (
        <p className={classes.none}>
          {t("desk.nothing")}
          <small>{t("desk.nothingHelp")}</small>
        </p>
      )}
      <MyLater works={promised} />
      <WaitingQueues />
      <DoneToday />
    </section>
  );
}

function WorkItem({ call, agentId, on }: { call: Call; agentId: string | null; on: boolean }) {
  const { t } = useTranslation();
  const queue = useLive((state) => (call.queue_id === null ? undefined : state.queues[call.queue_id]));
  const wrap = partIn(call, agentId) === "wrap_up";
  const until = wrapUpOf(call, agentId)?.until ?? null;
  const time = useNow((now) => (wrap ? (until === null ? null : countdown(until - now)) : clock(now - (call.connected_at ?? call.started_at))));
  const late = useNow((now) => wrap && until !== null && until - now < 10);
  return (
    <div className={classes.item} data-on={on} aria-current={on || undefined}>
      <ChannelIcon channel={call.outbound ? "callback" : "call"} />
      <b>{call.customer_name || t("desk.unknownCaller")}</b>
      <span className={classes.clock} data-late={late}>
        {time !== null && (wrap ? t("wrapUp.left", { clock: time }) : time)}
      </span>
      <small>{[queue?.name, wrap ? t("state.wrap_up") : call.state === "dialling" ? t("board.callState.dialling") : partIn(call, agentId) === "colleague" ? t("party.asksYou", { name: agentName(call, call.agent_id) || t("party.colleague") }) : call.state === "held" ? t("call.onHold") : t("call.talking")].filter(Boolean).join(" · ")}</small>
    </div>
  );
}

function WaitingQueues() {
  const { t } = useTranslation();
  const all = useLive((state) => state.queues);
  const ready = useLive((state) => state.ready);
  const queues = useMemo(() => queuesByName(all), [all]);
  return (
    <>
      <h2>{t("desk.queues")}</h2>
      {!ready && <Skeleton height={48} mx={16} w="auto" />}
      {ready && queues.length === 0 && <p className={classes.none}>{t("desk.noQueues")}</p>}
      {queues.map((queue) => (
        <QueueLine key={queue.queue_id} queue={queue} />
      ))}
    </>
  );
}

function QueueLine({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const waited = useRunning(queue.oldest_since);
  const late = useWaitTone(queue.oldest_since, queue.service_level_s) === "late";
  return (
    <div className={classes.queue}>
      <span>{queue.name}</span>
      <span className={classes.clock} data-late={late}>
        {waited === null ? t("desk.noneWaiting") : `${queue.waiting} · ${waited}`}
      </span>
    </div>
  );
}
