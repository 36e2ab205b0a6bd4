import { useTranslation } from "react-i18next";

import type { Pop } from "../api/live";
import classes from "./Customer.module.css";

const LINES = 4;

/** Why they are calling, in at most four lines, each with its source, and what to do about it. */
export function Why({ pop, open }: { pop: Pop; open: (interactionId: string) => void }) {
  const { t } = useTranslation();
  const lines = pop.why.slice(0, LINES);
  return (
    <section className={classes.why} aria-label={t("customer.why")}>
      <h3>{t("customer.why")}</h3>
      {lines.length === 0 ? (
        <div className={classes.soft}>{t("customer.whyNone")}</div>
      ) : (
        <ul>
          {lines.map((line) => (
            <li key={`${line.source} ${line.text}`}>
              <Line text={line.text} source={line.source} open={line.interaction_id === null ? null : () => open(line.interaction_id ?? "")} />
            </li>
          ))}
        </ul>
      )}
      {pop.suggestion !== null && pop.suggestion !== "" && (
        <div className={classes.suggest}>
          <b>{t("customer.suggested")}:</b> {pop.suggestion}
        </div>
      )}
    </section>
  );
}

function Line({ text, source, open }: { text: string; source: string; open: (() => void) | null }) {
  const { t } = useTranslation();
  const words = (
    <>
      <span>{text}</span>
      {source !== "" && <span className={classes.source}>{t("customer.source", { source })}</span>}
    </>
  );
  return open === null ? (
    words
  ) : (
    <button type="button" onClick={open}>
      {words}
    </button>
  );
}
