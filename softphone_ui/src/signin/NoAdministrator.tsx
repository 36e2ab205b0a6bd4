import { Button, Code } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./SignInPage.module.css";

/** What `patchbay` prints a new link with (`server/cli/user.py`). */
const FIRST_LINK = "patchbay user first-link";

/** Nobody can administer the installation yet, and nobody here is told who may: that is said where the server runs. */
export function NoAdministrator({ goOn }: { goOn: () => void }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("signIn.none.lead")}>
      <p className={classes.lead}>{t("signIn.none.lead")}</p>
      <p className={classes.step}>{t("signIn.none.link")}</p>
      <p className={classes.small}>{t("signIn.none.again")}</p>
      <Code block className={classes.command}>
        {FIRST_LINK}
      </Code>
      <Button variant="default" fullWidth onClick={goOn}>
        {t("signIn.none.goOn")}
      </Button>
    </section>
  );
}
