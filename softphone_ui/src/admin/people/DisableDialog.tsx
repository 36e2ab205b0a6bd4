import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { disableUser, type UserDetails } from "../../api/users";
import { inWords } from "../../common/say";

/** Asks once, and names the conversation that is in hand: it goes on. */
export function DisableDialog({ details: { user, conversation }, close }: { details: UserDetails; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const disable = useMutation({
    mutationFn: () => disableUser(user.user_id, reason),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
    meta: { silent: true },
  });
  return (
    <Modal opened onClose={close} title={t("people.disableTitle", { name: user.name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <p>{t("people.disableText")}</p>
      {conversation !== null && (
        <p>
          <b>{t("people.disableConversation", { name: conversation.customer_name || t("people.aCustomer") })}</b>
        </p>
      )}
      <TextInput label={t("people.reason")} value={reason} maxLength={200} data-autofocus onChange={(event) => setReason(event.currentTarget.value)} />
      {disable.isError && (
        <p role="alert" style={{ color: "var(--pb-bad-text)" }}>
          {inWords(disable.error)}
        </p>
      )}
      <div style={{ display: "flex", justifyContent: "flex-end", gap: 8, marginTop: 16 }}>
        <Button variant="default" onClick={close}>
          {t("admin.cancel")}
        </Button>
        <Button color="red" loading={disable.isPending} onClick={() => disable.mutate()}>
          {t("people.disable")}
        </Button>
      </div>
    </Modal>
  );
}
