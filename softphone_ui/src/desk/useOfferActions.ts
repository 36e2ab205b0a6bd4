import { useMutation } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { acceptOffer, declineOffer, type DeclineReason } from "../api/actions";
import { ApiError } from "../api/client";
import type { Offer } from "../api/live";
import { say } from "../common/say";
import { useShortcuts } from "../common/useShortcuts";

interface OfferActions {
  accept: () => void;
  decline: (reason: DeclineReason) => void;
  /** Declining asks why first; it rings on meanwhile. */
  asks: boolean;
  setAsks: (asks: boolean) => void;
  busy: boolean;
}

/** Answer (A) and decline (D, then why) of one offer. An offer that is over (409) is said calmly: it is nobody's mistake. */
export function useOfferActions(offer: Offer, hasKeys: boolean): OfferActions {
  const { t } = useTranslation();
  const [asks, setAsks] = useState(false);
  const { mutate, isPending, isSuccess } = useMutation({
    mutationFn: (answer: "accept" | DeclineReason) => (answer === "accept" ? acceptOffer(offer.offer_id) : declineOffer(offer.offer_id, answer)),
    meta: { silent: true },
    onError: (error) => (error instanceof ApiError && error.status === 409 ? say.note(t("offer.over")) : say.failure(error)),
  });
  const busy = isPending || isSuccess;
  const accept = useCallback(() => !busy && mutate("accept"), [busy, mutate]);
  const decline = useCallback((reason: DeclineReason) => !busy && mutate(reason), [busy, mutate]);
  useShortcuts(useMemo(() => (hasKeys ? { a: accept, d: () => setAsks(true) } : {}), [accept, hasKeys]));
  return { accept, decline, asks: asks && !busy, setAsks, busy };
}
