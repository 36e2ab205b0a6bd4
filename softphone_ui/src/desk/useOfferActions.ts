import { useMutation } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { acceptOffer, declineOffer } from "../api/actions";
import { ApiError } from "../api/client";
import type { Offer } from "../api/live";
import { say } from "../common/say";
import { useShortcuts } from "../common/useShortcuts";

/** Answer (A) and decline (D) of one offer. An offer that is over (409) is said calmly: it is nobody's mistake. */
export function useOfferActions(offer: Offer, hasKeys: boolean): { accept: () => void; decline: () => void; busy: boolean } {
  const { t } = useTranslation();
  const { mutate, isPending, isSuccess } = useMutation({
    mutationFn: (answer: "accept" | "decline") => (answer === "accept" ? acceptOffer(offer.offer_id) : declineOffer(offer.offer_id)),
    meta: { silent: true },
    onError: (error) => (error instanceof ApiError && error.status === 409 ? say.note(t("offer.over")) : say.failure(error)),
  });
  const busy = isPending || isSuccess;
  const accept = useCallback(() => !busy && mutate("accept"), [busy, mutate]);
  const decline = useCallback(() => !busy && mutate("decline"), [busy, mutate]);
  useShortcuts(useMemo(() => (hasKeys ? { a: accept, d: decline } : {}), [accept, decline, hasKeys]));
  return { accept, decline, busy };
}
