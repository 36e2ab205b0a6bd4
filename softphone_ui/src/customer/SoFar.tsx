import { useTranslation } from "react-i18next";

import type { Pop } from "../api/live";
import { HandledBy } from "../calls/HandledBy";
import { useLive } from "../live/LiveProvider";
import { myAgent } from "../live/selectors";
import classes from "./Customer.module.css";

/** Who had this call before it came to me, and what they said of it; nothing of my own part. */
export function SoFar({ pop }: { pop: Pop }) {
  const { t } = useTranslation();
  const me = useLive(myAgent);
  const others = pop.engagements.filter((each) => each.agent_id !== me?.agent_id);
  if (others.length === 0) return null;
  return (
    <section className={classes.soFar} aria-label={t("calls.handled.soFar")}>
      <h3>{t("calls.handled.soFar")}</h3>
      <HandledBy engagements={others} />
    </section>
  );
}
