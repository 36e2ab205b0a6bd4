import { useMemo } from "react";

import { useLive } from "../live/LiveProvider";
import { myOffers } from "../live/selectors";
import { useOfferSignals } from "./useOfferSignals";

/** Rings and notifies on whatever page the agent is. */
export function OfferSignals({ agentId }: { agentId: string }) {
  const offers = useLive((state) => state.offers);
  const mine = useMemo(() => myOffers(offers, agentId), [offers, agentId]);
  useOfferSignals(mine[0]);
  return null;
}
