import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { fileConversation } from "../api/actions";
import { useShortcuts } from "../common/useShortcuts";
import classes from "./Who.module.css";

/** The wrong one: the conversation, its ticket and its callback are nobody's again, and move with the next choice. */
export function ChangeWho({ interactionId }: { interactionId: string }) {
  const { t } = useTranslation();
  const { mutate, isPending } = useMutation({ mutationFn: () => fileConversation(interactionId, { customer_id: null }) });
  useShortcuts(useMemo(() => (isPending ? {} : { "shift+0": () => mutate() }), [mutate, isPending]));
  return (
    <button type="button" className={classes.change} aria-keyshortcuts="Shift+0" disabled={isPending} onClick={() => mutate()}>
      {t("who.change")} <kbd>⇧ 0</kbd>
    </button>
  );
}
