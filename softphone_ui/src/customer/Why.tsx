import { useTranslation } from "react-i18next";

import type { Pop, WhyLine } from "../api/live";
import { adviceWords, lineWords, sourceWords } from "./popWords";
import { usePopWords } from "./usePopWords";
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
              <Line line={line} open={line.interaction_id === null ? null : () => open(line.interaction_id ?? "")} />
            </li>
          ))}
        </ul>
      )}
      {pop.suggestion !== null && pop.suggestion !== "" && (
        <div className={classes.suggest}>
          <b>{t("customer.suggested")}</b> <Advice pop={pop} />
        </div>
      )}
    </section>
  );
}

function Advice({ pop }: { pop: Pop }) {
  return usePopWords((reader) => adviceWords(reader, pop));
}

function Line({ line, open }: { line: WhyLine; open: (() => void) | null }) {
  const { t } = useTranslation();
  const text = usePopWords((reader) => lineWords(reader, line));
  const source = usePopWords((reader) => sourceWords(reader, line));
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
