import { SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Call, Me, Offer } from "../api/live";
import { CustomerColumn } from "../customer/CustomerColumn";
import { useLive } from "../live/LiveProvider";
import { laterOnes, myCalls, myOffers } from "../live/selectors";
import { CallView } from "./CallView";
import classes from "./Desk.module.css";
import { IdleView } from "./IdleView";
import { OfferView } from "./OfferView";
import { WorkList } from "./WorkList";

export type Focus = { kind: "offer"; offer: Offer } | { kind: "call"; call: Call } | { kind: "none" };

/** My work · conversation · customer: three columns that never change places; on a tablet the customer becomes a tab. */
export function DeskPage({ me }: { me: Me }) {
  const { t } = useTranslation();
  const allOffers = useLive((state) => state.offers);
  const allCalls = useLive((state) => state.calls);
  const offers = useMemo(() => myOffers(allOffers, me.agent_id), [allOffers, me.agent_id]);
  const calls = useMemo(() => myCalls(allCalls, me.agent_id), [allCalls, me.agent_id]);
  const works = useLive((state) => state.work_items);
  // Agents are told of their own; supervisors, who are told of all, have them on the board.
  const promised = useMemo(() => (me.role === "agent" ? laterOnes(works) : []), [works, me.role]);
  const focus = focusOf(offers, calls);
  const narrow = useMediaQuery("(max-width: 1100px)", false, { getInitialValueInEffect: false });
  const [tab, setTab] = useState<"conversation" | "customer">("conversation");
  return (
    <div className={classes.desk} data-tab={narrow ? tab : "both"}>
      <WorkList agentId={me.agent_id} offers={offers} calls={calls} promised={promised} focus={focus} />
      {narrow && (
        <div className={classes.tabs}>
          <SegmentedControl
            fullWidth
            aria-label={t("desk.tabs")}
            value={tab}
            onChange={(value) => setTab(value)}
            data={[
              { value: "conversation", label: t("desk.conversation") },
              { value: "customer", label: t("desk.customer") },
            ]}
          />
        </div>
      )}
      <main className={classes.conversation} aria-label={t("desk.conversation")} hidden={narrow && tab === "customer"}>
        <Conversation focus={focus} me={me} />
      </main>
      <aside className={classes.customer} aria-label={t("desk.customer")} hidden={narrow && tab === "conversation"}>
        <CustomerOf focus={focus} />
      </aside>
    </div>
  );
}

function focusOf(offers: Offer[], calls: Call[]): Focus {
  const [offer] = offers;
  const [call] = calls;
  if (offer) return { kind: "offer", offer };
  return call ? { kind: "call", call } : { kind: "none" };
}

function Conversation({ focus, me }: { focus: Focus; me: Me }) {
  switch (focus.kind) {
    case "offer":
      return <OfferView key={focus.offer.offer_id} offer={focus.offer} />;
    case "call":
      return <CallView key={focus.call.call_id} call={focus.call} agentId={me.agent_id} />;
    case "none":
      return <IdleView me={me} />;
  }
}

function CustomerOf({ focus }: { focus: Focus }) {
  const about = focus.kind === "offer" ? focus.offer.interaction_id : focus.kind === "call" ? focus.call.interaction_id : null;
  const comes = focus.kind === "call" || (focus.kind === "offer" && focus.offer.call_id !== null);
  const pop = useLive((state) => (about === null ? undefined : state.pops[about]));
  return <CustomerColumn key={about ?? "none"} pop={pop ?? (focus.kind === "offer" ? focus.offer.pop : null) ?? null} waiting={comes} />;
}
