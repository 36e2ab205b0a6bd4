import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import { alertWords } from "../common/serverWords";
import { exact, near } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { alertsByUrgency } from "../live/selectors";
import { useNow } from "../live/useNow";
import classes from "./Board.module.css";

const MOST_NAMED = 6;

/** What needs the supervisor, the most urgent first. */
export function AlertsCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.alerts);
  const missing = useLive((state) => state.missing);
  const alerts = useMemo(() => alertsByUrgency(all), [all]);
  return (
    <section className={classes.card} aria-live="polite">
      <h2>{t("board.needsYou")}</h2>
      <NotShown />
      {alerts.length === 0 && missing.length === 0 && <div className={classes.empty}>{t("board.nothingNeedsYou")}</div>}
      {alerts.map((alert) => (
        <div key={alert.key} className={classes.alert} data-severity={alert.severity}>
          <b>{alertWords(t, alert)}</b>
          <When at={alert.at} />
        </div>
      ))}
    </section>
  );
}

function When({ at }: { at: number }) {
  const locale = useLocale();
  const when = useNow((now) => near(at, now, locale));
  return <small title={exact(at, locale)}>{when}</small>;
}

/** What the server could not show, while it shows everything else. */
function NotShown() {
  const { t } = useTranslation();
  const missing = useLive((state) => state.missing);
  const queues = useLive((state) => state.queues);
  const agents = useLive((state) => state.agents);
  if (missing.length === 0) return null;
  const named = missing.map(({ kind, id }) => {
    const name = queues[id]?.name ?? agents[id]?.name ?? id;
    return name === "" ? t(`board.missingKind.${kind}`) : `${t(`board.missingKind.${kind}`)} ${name}`;
  });
  return (
    <div className={classes.alert} data-severity="warning">
      <b>{t("board.missing")}</b>
      <small>{named.slice(0, MOST_NAMED).join(" · ")}</small>
      {named.length > MOST_NAMED && <small>{t("board.missingMore", { count: named.length - MOST_NAMED })}</small>}
    </div>
  );
}
