import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TFunction } from "i18next";

import type { DeclineReason } from "../api/actions";

import type { Offer } from "../api/live";
import { KeyButton } from "../common/KeyButton";
import { callerWords } from "../common/words";
import { useLive } from "../live/LiveProvider";
import { useNow } from "../live/useNow";
import { useOfferActions } from "./useOfferActions";
import classes from "./WorkList.module.css";

const RADIUS = 19;
const ROUND = 2 * Math.PI * RADIUS;

/** The offer at the head of my work: who, how long it still rings, answer or decline. Never a modal. */
export function OfferCard({ offer, first }: { offer: Offer; first: boolean }) {
  const { t } = useTranslation();
  const queue = useLive((state) => state.queues[offer.queue_id]);
  const call = useLive((state) => (offer.call_id === null ? undefined : state.calls[offer.call_id]));
  const { accept, decline, asks, setAsks, busy } = useOfferActions(offer, first);
  const back = offer.channel === "callback";
  const name = callerWords(t, offer.pop?.customer.name, call?.customer_name);
  return (
    <div className={classes.card} role="group" aria-label={labelOf(t, offer, name)}>
      <div className={classes.cardHead}>
        <div style={{ minWidth: 0 }}>
          <b>{name}</b>
          <small>{[back ? t("channel.callback") : null, queue?.name].filter(Boolean).join(" · ")}</small>
          {offer.purpose !== "contact" && <small className={classes.asks}>{t(offer.purpose === "consultation" ? "offer.asks" : "offer.handedOn", { name: offer.asked_by_name || t("party.colleague") })}</small>}
        </div>
        <Ring offer={offer} />
      </div>
      {offer.note !== "" && <p className={classes.note}>{offer.note}</p>}
      <div className={classes.cardButtons}>
        <KeyButton label={t(back ? "offer.call" : "offer.answer")} shortcut="A" tone="accent" onClick={accept} disabled={busy} />
        <Decline asks={asks} setAsks={setAsks} decline={decline} busy={busy} />
      </div>
    </div>
  );
}

function labelOf(t: TFunction, offer: Offer, customer: string): string {
  const name = offer.asked_by_name || t("party.colleague");
  if (offer.purpose !== "contact") return t(offer.purpose === "consultation" ? "offer.isAsking" : "offer.isHandedOn", { name, customer });
  return t(offer.channel === "callback" ? "offer.isCallback" : "offer.isCalling", { name: customer });
}

const REASONS: readonly DeclineReason[] = ["finishing", "not_my_topic", "technical", "other"];

/** Declining asks why in one click or key; supervisors see it. */
function Decline({ asks, setAsks, decline, busy }: { asks: boolean; setAsks: (asks: boolean) => void; decline: (reason: DeclineReason) => void; busy: boolean }) {
  const { t } = useTranslation();
  return (
    <Menu opened={asks} onChange={setAsks} position="bottom-end" width={220} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <KeyButton label={t("offer.decline")} shortcut="D" onClick={() => setAsks(!asks)} disabled={busy} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("offer.whyDecline")}</Menu.Label>
        {REASONS.map((reason) => (
          <Menu.Item key={reason} onClick={() => decline(reason)}>
            {t(`offer.declined.${reason}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Time to answer as a ring that runs out. */
function Ring({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const whole = Math.max(1, offer.expires_at - offer.made_at);
  const left = useNow((now) => Math.max(0, offer.expires_at - now));
  const seconds = Math.ceil(left);
  return (
    <div className={classes.ring} role="timer" aria-label={t("offer.left", { seconds })}>
      <svg width="44" height="44" aria-hidden="true">
        <circle cx="22" cy="22" r={RADIUS} fill="none" stroke="var(--pb-accent-line)" strokeWidth="3" />
        <circle
          cx="22"
          cy="22"
          r={RADIUS}
          fill="none"
          stroke={left <= 5 ? "var(--pb-bad)" : "var(--pb-accent)"}
          strokeWidth="3"
          strokeLinecap="round"
          strokeDasharray={ROUND}
          strokeDashoffset={ROUND * (1 - Math.min(1, left / whole))}
          style={{ transition: "stroke-dashoffset 1s steps(10)" }}
        />
      </svg>
      <span>{seconds}</span>
    </div>
  );
}
