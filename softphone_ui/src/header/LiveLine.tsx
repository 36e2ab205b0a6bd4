import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import { clock, timeOfDay } from "../format/time";
import { useLiveView } from "../live/LiveProvider";
import { useBrowserNow, useNow } from "../live/useNow";
import classes from "./Header.module.css";

/** A tick comes every 5 s; more silence than this is shown as lag. */
const LAG_SHOWN_S = 8;

/** How far the screen is behind what happens. A desk hears of it only when it matters (`quiet`). */
export function LiveLine({ quiet }: { quiet: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const connection = useLiveView((view) => view.connection);
  const lostAt = useLiveView((view) => view.lostAt);
  const heardAt = useLiveView((view) => view.state.heardAt);
  const now = useNow();
  const browserNow = useBrowserNow();
  if (connection === "reconnecting") {
    return (
      <span className={classes.lost} role="status">
        {t("live.reconnecting", { clock: clock(browserNow - (lostAt ?? browserNow)) })}
        {quiet && ` · ${t("live.callGoesOn")}`}
      </span>
    );
  }
  if (connection === "refused") return <span className={classes.lost}>{t("live.refused")}</span>;
  if (quiet) return null;
  if (connection === "connecting") return <span className={classes.live}>{t("live.connecting")}</span>;
  const lag = browserNow - heardAt;
  const time = timeOfDay(now, locale);
  return <span className={classes.live}>{lag > LAG_SHOWN_S ? t("live.behind", { time, clock: clock(lag) }) : t("live.upToDate", { time })}</span>;
}
