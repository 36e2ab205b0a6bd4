import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { TimelineItem } from "../api/live";
import { dispositionWords } from "../calls/words";
import { ChannelIcon } from "../common/ChannelIcon";
import { clock, exact, near } from "../format/time";
import { useNow } from "../live/useNow";
import classes from "./Customer.module.css";

/** One line of history. The exact time stands in the tooltip. */
export function TimelineRow({ item, open }: { item: TimelineItem; open: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(item.at, now, locale));
  // A call is titled with how it ended, which is a code when it was chosen on the desk.
  const title = item.channel === "call" ? dispositionWords(t, item.title) : item.title;
  const facts = [title || t(`channel.${item.channel}`), item.duration_s === null ? null : clock(item.duration_s)];
  const rest = [item.text, item.by].filter(Boolean).join(" · ");
  return (
    <button type="button" className={classes.item} onClick={open}>
      <ChannelIcon channel={item.channel} />
      <b>{facts.filter(Boolean).join(" · ")}</b>
      <time dateTime={new Date(item.at * 1000).toISOString()} title={exact(item.at, locale)}>
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
