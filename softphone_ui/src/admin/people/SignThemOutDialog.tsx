import { Button, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  name: string;
  customer: string;
  busy: boolean;
  leave: () => void;
  close: () => void;
}

/** Asks before somebody else's conversation is handed back to its queue. */
export function SignThemOutDialog({ name, customer, busy, leave, close }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={close} title={t("people.signOutTitle", { name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <p style={{ marginTop: 0, overflowWrap: "anywhere" }}>{t("people.signOutTalking", { name: customer })}</p>
      <div style={{ display: "flex", justifyContent: "flex-end", gap: 8, marginTop: 16 }}>
        <Button variant="default" onClick={close} data-autofocus>
          {t("admin.cancel")}
        </Button>
        <Button color="red" loading={busy} onClick={leave}>
          {t("people.signOutEverywhere")}
        </Button>
      </div>
    </Modal>
  );
}
