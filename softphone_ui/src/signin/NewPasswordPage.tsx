import { Paper } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { Mark } from "../common/Mark";
import { PasswordForm } from "./PasswordForm";
import classes from "./SignInPage.module.css";

/** Somebody else chose the password: before anything else it is changed. */
export function NewPasswordPage({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <main className={classes.page}>
      <Paper className={classes.card} withBorder>
        <div className={classes.brand}>
          <Mark size={32} />
          <h1>{t("app.name")}</h1>
        </div>
        <p className={classes.lead}>{t("account.mustChange", { name: me.name })}</p>
        <PasswordForm me={me} />
      </Paper>
    </main>
  );
}
