import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { Route } from "../app/router";
import { Dot } from "../common/Dot";
import { clock, timeOfDay } from "../format/time";
import { useLive, useLiveConnection, useLiveView } from "../live/LiveProvider";
import { myCalls, partIn } from "../live/selectors";
import { useBrowserNow, useNow } from "../live/useNow";
import classes from "./Header.module.css";

/** A tick comes every 5 s; more silence than this is shown as lag. */
const LAG_SHOWN_S = 8;

/** How far the screen is behind what happens. An agent's header (`brief`) has words for it only when it matters. */
export function LiveLine({ brief, page }: { brief: boolean; page: Route["page"] }) {
  const { t } = useTranslation();
  const connection = useLiveView((view) => view.connection);
  if (connection === "reconnecting") return <Reconnecting />;
  if (connection === "refused") return <span className={classes.lost}>{t("live.refused")}</span>;
  return (
    <span className={classes.live} data-brief={brief || undefined} title={brief ? t("live.connected") : undefined}>
      <Dot colour={connection === "connecting" ? "var(--pb-away)" : "var(--pb-ok)"} />
      <span className={brief ? "visually-hidden" : undefined}>
        {connection === "connecting" ? t("live.connecting") : !brief && page === "board" ? <UpToDate /> : t("live.connected")}
      </span>
    </span>
  );
}

function Reconnecting() {
  const { t } = useTranslation();
  const locale = useLocale();
  const lostAt = useLiveView((view) => view.lostAt);
  const lost = useBrowserNow((now) => clock(lostAt === null ? 0 : now - lostAt));
  const talks = useLive((state) => myCalls(state.calls, state.me?.agent_id ?? null).some((call) => partIn(call, state.me?.agent_id ?? null) !== "wrap_up"));
  return (
    <span className={classes.lost} role="status">
      {t("live.reconnecting", { clock: lost })}
      {lostAt !== null && ` · ${t("live.figuresFrom", { time: timeOfDay(lostAt, locale) })}`}
      {talks && ` · ${t("live.callGoesOn")}`}
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
  return behind === null ? t("live.upToDate", { time }) : t("live.behind", { time, clock: behind });
}
