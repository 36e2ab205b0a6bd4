import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { TimelineItem } from "../api/live";
import { byWords } from "../calls/handled";
import { ChannelIcon } from "../common/ChannelIcon";
import { recordedWords } from "../common/recorded";
import { clock, exact, near } from "../format/time";
import { useNow } from "../live/useNow";
import classes from "./Customer.module.css";

/** One line of history. The exact time stands in the tooltip. */
export function TimelineRow({ item, open }: { item: TimelineItem; open: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(item.last_activity_at, now, locale));
  const facts = [recordedWords(t, item.title) || t(`channel.${item.channel}`), item.duration_s === null ? null : clock(item.duration_s)];
  const rest = [recordedWords(t, item.text), byWords(t, item.by_before, item.by)].filter(Boolean).join(" · ");
  return (
    <button type="button" className={classes.item} onClick={open}>
      <ChannelIcon channel={item.channel} />
      <b>{facts.filter(Boolean).join(" · ")}</b>
      <time dateTime={new Date(item.last_activity_at * 1000).toISOString()} title={exact(item.last_activity_at, locale)}>
        {when}
      </time>
      <small>
        {item.status !== "" && item.status !== "closed" && (
          <span className={classes.status} data-status={item.channel === "call" && item.status === "open" ? "now" : item.status}>
            {item.channel === "call" && item.status === "open" ? t("calls.running") : t(`status.${item.status}`)}
            {rest !== "" && " · "}
          </span>
        )}
        {rest}
      </small>
    </button>
  );
}
