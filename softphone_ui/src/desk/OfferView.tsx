import { useTranslation } from "react-i18next";

import type { Offer } from "../api/live";
import { clock } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { useNow } from "../live/useNow";
import classes from "./Conversation.module.css";

/** While it rings: who, on which way, for how long, and why it came to me. The customer column is already filled. */
export function OfferView({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const now = useNow();
  const queue = useLive((state) => state.queues[offer.queue_id]);
  const call = useLive((state) => (offer.call_id === null ? undefined : state.calls[offer.call_id]));
  const agents = useLive((state) => state.agents);
  const told = useLive((state) => (offer.call_id === null ? undefined : state.pops[offer.call_id]));
  const pop = told ?? offer.pop;
  const name = pop?.customer.name ?? call?.customer_name ?? t("desk.unknownCaller");
  const why = pop?.why.slice(0, 4) ?? [];
  const others = offer.decision.candidates.filter((candidate) => candidate.agent_id !== offer.agent_id && candidate.why !== "");
  return (
    <>
      <div className="visually-hidden" role="alert">
        {t("offer.announce", { name, queue: queue?.name ?? "" })}
      </div>
      <div className={classes.whole}>
        <div className={classes.ringing}>
          <div className={classes.calling}>{t("offer.calling")}</div>
          <div className={classes.bigName}>{name}</div>
          <div className={classes.soft}>
            {[call?.caller ?? pop?.customer.phones[0], queue?.name, call?.waiting_since === null || call === undefined ? null : t("offer.waited", { clock: clock(now - call.waiting_since) })]
              .filter(Boolean)
              .join(" · ")}
          </div>
          {why.length > 0 && (
            <ul className={classes.whyLines}>
              {why.map((line) => (
                <li key={line.text}>{line.text}</li>
              ))}
            </ul>
          )}
          <dl className={classes.reason}>
            <dt>{t("offer.whyMe")}</dt>
            <dd>{offer.reason || offer.decision.summary}</dd>
            {others.slice(0, 3).map((candidate) => (
              <dd key={candidate.agent_id} className={classes.soft}>
                {agents[candidate.agent_id]?.name ? `${agents[candidate.agent_id]?.name ?? ""}: ` : ""}
                {candidate.why}
              </dd>
            ))}
          </dl>
        </div>
      </div>
    </>
  );
}
