import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import { alertWords } from "../common/serverWords";
import { exact, near } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { alertsByUrgency } from "../live/selectors";
import { useNow } from "../live/useNow";
import classes from "./Board.module.css";

/** What needs the supervisor, the most urgent first. */
export function AlertsCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.alerts);
  const alerts = useMemo(() => alertsByUrgency(all), [all]);
  return (
    <section className={classes.card} aria-live="polite">
      <h2>{t("board.needsYou")}</h2>
      {alerts.length === 0 && <div className={classes.empty}>{t("board.nothingNeedsYou")}</div>}
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
