import { useTranslation } from "react-i18next";

import type { Offer, WhyLine } from "../api/live";
import { decisionTitle, ruleWords } from "../common/decision";
import { Why } from "../common/Why";
import { lineWords } from "../customer/popWords";
import { usePopWords } from "../customer/usePopWords";
import { callerWords } from "../common/words";
import { useLive } from "../live/LiveProvider";
import { useRunning } from "../live/useRunning";
import classes from "./Conversation.module.css";

/** While it rings: who, on which way, for how long, and why it came to me. The customer column is already filled. */
export function OfferView({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const queue = useLive((state) => state.queues[offer.queue_id]);
  const call = useLive((state) => (offer.call_id === null ? undefined : state.calls[offer.call_id]));
  const waited = useRunning(call?.waiting_since ?? null);
  const told = useLive((state) => (offer.interaction_id === null ? undefined : state.pops[offer.interaction_id]));
  const pop = told ?? offer.pop;
  const name = callerWords(t, pop?.customer.name, call?.customer_name);
  const why = pop?.why.slice(0, 4) ?? [];
  const back = offer.channel === "callback";
  const colleague = offer.asked_by_name || t("party.colleague");
  return (
    <>
      <div className="visually-hidden" role="alert">
        {offer.purpose === "contact"
          ? t(back ? "offer.announceCallback" : "offer.announce", { name, queue: queue?.name ?? "" })
          : t(offer.purpose === "consultation" ? "offer.announceAsked" : "offer.announceHandedOn", { name: colleague, customer: name, note: offer.note })}
      </div>
      <div className={classes.whole}>
        <div className={classes.ringing}>
          <div className={classes.calling}>
            {offer.purpose === "contact" ? t(back ? "offer.callback" : "offer.calling") : t(offer.purpose === "consultation" ? "offer.asks" : "offer.handedOn", { name: colleague })}
          </div>
          <div className={classes.bigName}>{name}</div>
          <div className={classes.soft}>
            {[call?.caller ?? pop?.customer.phones[0], queue?.name, waited === null ? null : t("offer.waited", { clock: waited })]
              .filter(Boolean)
              .join(" · ")}
          </div>
          {offer.note !== "" && <p className={classes.asked}>{offer.note}</p>}
          {back && <p className={classes.soft}>{t("offer.callbackHelp")}</p>}
          {why.length > 0 && (
            <ul className={classes.whyLines}>
              {why.map((line) => (
                <WhyCalling key={line.text} line={line} />
              ))}
            </ul>
          )}
          <dl className={classes.reason}>
            <dt>{t("offer.whyMe")}</dt>
            <dd>{decisionTitle(t, offer.decision)}</dd>
            {offer.decision.requirements && <dd className={classes.soft}>{t("decision.asked", { what: ruleWords(offer.decision.requirements) })}</dd>}
            {offer.decision.relaxed && <dd className={classes.soft}>{t("decision.relaxed", { what: ruleWords(offer.decision.relaxed) })}</dd>}
            {offer.decision.candidates.length > 0 && (
              <dd>
                <Why decision={offer.decision} agentId={offer.agent_id} label={t("decision.everybody")} />
              </dd>
            )}
          </dl>
        </div>
      </div>
    </>
  );
}

function WhyCalling({ line }: { line: WhyLine }) {
  return <li>{usePopWords((reader) => lineWords(reader, line))}</li>;
}
