import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import type { Offer } from "../api/live";
import { usePreferences } from "../app/preferences";
import { say } from "../common/say";
import { useLive } from "../live/LiveProvider";
import { startRinging } from "./ring";

/** Everything but the screen that tells of an offer: the ring, the desktop notification, the page's title, and how it ended. */
export function useOfferSignals(offer: Offer | undefined): void {
  const { t } = useTranslation();
  const { sound, notifications } = usePreferences();
  const id = offer?.offer_id;
  const name = offer?.pop?.customer.name ?? t("desk.unknownCaller");
  const queue = useLive((state) => (offer ? state.queues[offer.queue_id]?.name : undefined)) ?? "";

  useEffect(() => (id !== undefined && sound ? startRinging() : undefined), [id, sound]);

  useEffect(() => {
    if (id === undefined) return undefined;
    const before = document.title;
    document.title = `☎ ${name}`;
    return () => {
      document.title = before;
    };
  }, [id, name]);

  useEffect(() => {
    if (id === undefined || !notifications || !document.hidden || typeof Notification === "undefined" || Notification.permission !== "granted")
      return undefined;
    const note = new Notification(t("offer.isCalling", { name }), { body: queue, tag: id, requireInteraction: true });
    note.onclick = () => window.focus();
    return () => note.close();
  }, [id, name, queue, notifications, t]);

  const ended = useLive((state) => state.lastOfferEnd);
  useEffect(() => {
    if (ended?.cause === "expired") say.note(t("offer.expired"));
    if (ended?.cause === "withdrawn") say.note(t("offer.withdrawn"));
  }, [ended, t]);
}
