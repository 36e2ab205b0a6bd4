import { Button, CopyButton, Modal, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { NewNotification } from "../../api/notifications";

/** A webhook's secret, this once. */
export function SecretDialog({ made, close }: { made: NewNotification; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={close} title={t("notifications.secret", { name: made.notification.name })} closeButtonProps={{ "aria-label": t("board.close") }}>
      <TextInput label={t("notifications.secret", { name: made.notification.name })} description={t("notifications.secretHelp")} value={made.secret} readOnly />
      <div style={{ display: "flex", gap: 8, justifyContent: "flex-end", marginTop: 16 }}>
        <CopyButton value={made.secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t("notifications.copied") : t("notifications.copy")}
            </Button>
          )}
        </CopyButton>
        <Button onClick={close}>{t("notifications.done")}</Button>
      </div>
    </Modal>
  );
}
