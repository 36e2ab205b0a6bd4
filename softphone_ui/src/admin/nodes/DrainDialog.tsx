import { Button, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./Nodes.module.css";

/** Asks before the last node that takes calls takes none any more. */
export function DrainDialog({ name, busy, drain, close }: { name: string; busy: boolean; drain: () => void; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={close} title={t("nodes.drainOne", { name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <p className={classes.sure}>{t("nodes.last")}</p>
      <div className={classes.buttons}>
        <Button variant="default" onClick={close} data-autofocus>
          {t("admin.cancel")}
        </Button>
        <Button color="red" loading={busy} onClick={drain}>
          {t("nodes.drain")}
        </Button>
      </div>
    </Modal>
  );
}
