import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import { clock, timeOfDay } from "../format/time";
import { useLiveConnection, useLiveView } from "../live/LiveProvider";
import { useBrowserNow, useNow } from "../live/useNow";
import classes from "./Header.module.css";

/** A tick comes every 5 s; more silence than this is shown as lag. */
const LAG_SHOWN_S = 8;

/** How far the screen is behind what happens. A desk hears of it only when it matters (`quiet`). */
export function LiveLine({ quiet }: { quiet: boolean }) {
  const { t } = useTranslation();
  const connection = useLiveView((view) => view.connection);
  if (connection === "reconnecting") return <Reconnecting quiet={quiet} />;
  if (connection === "refused") return <span className={classes.lost}>{t("live.refused")}</span>;
  if (quiet) return null;
  return connection === "connecting" ? <span className={classes.live}>{t("live.connecting")}</span> : <UpToDate />;
}

function Reconnecting({ quiet }: { quiet: boolean }) {
  const { t } = useTranslation();
  const lostAt = useLiveView((view) => view.lostAt);
  const lost = useBrowserNow((now) => clock(lostAt === null ? 0 : now - lostAt));
  return (
    <span className={classes.lost} role="status">
      {t("live.reconnecting", { clock: lost })}
      {quiet && ` · ${t("live.callGoesOn")}`}
    </span>
  );
}

function UpToDate() {
  const { t } = useTranslation();
  const locale = useLocale();
  const live = useLiveConnection();
  const time = useNow((now) => timeOfDay(now, locale));
  // Asked at each tick of the clock instead of followed: it changes with every message.
  const behind = useBrowserNow((now) => {
    const lag = now - live.current().state.heardAt;
    return lag > LAG_SHOWN_S ? clock(lag) : null;
  });
  return <span className={classes.live}>{behind === null ? t("live.upToDate", { time }) : t("live.behind", { time, clock: behind })}</span>;
}
