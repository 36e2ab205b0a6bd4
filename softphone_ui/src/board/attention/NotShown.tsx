import { useTranslation } from "react-i18next";

import { useLive } from "../../live/LiveProvider";
import classes from "./Attention.module.css";

const MOST_NAMED = 6;

/** What the server could not show, while it shows everything else. */
export function NotShown() {
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
    <div className={classes.entry} data-severity="amber">
      <b className={classes.what}>{t("board.missing")}</b>
      <small>{named.slice(0, MOST_NAMED).join(" · ")}</small>
      {named.length > MOST_NAMED && <small>{t("board.missingMore", { count: named.length - MOST_NAMED })}</small>}
    </div>
  );
}
