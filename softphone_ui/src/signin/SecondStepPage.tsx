import { Paper } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { sessionQuery } from "../api/queries";
import { Mark } from "../common/Mark";
import { SecondStep } from "./SecondStep";
import classes from "./SignInPage.module.css";

/** The company asks this role for a second step: before anything else it is set up. */
export function SecondStepPage({ me }: { me: Me }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return (
    <main className={classes.page}>
      <Paper className={`${classes.card ?? ""} ${classes.wide ?? ""}`} withBorder>
        <div className={classes.brand}>
          <Mark size={32} />
          <h1>{t("secondStep.title")}</h1>
        </div>
        <p className={classes.lead}>{t("secondStep.required", { name: me.name })}</p>
        <SecondStep done={() => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })} />
      </Paper>
    </main>
  );
}
