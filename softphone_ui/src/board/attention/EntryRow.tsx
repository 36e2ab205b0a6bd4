import { useTranslation } from "react-i18next";

import type { Entry } from "../../api/live";
import { exact, hourAndMinute } from "../../format/time";
import { useLocale } from "../../i18n";
import { useLive } from "../../live/LiveProvider";
import { useNow } from "../../live/useNow";
import card from "../Board.module.css";
import { actionOf } from "./actions";
import classes from "./Attention.module.css";
import { useNames } from "./useNames";
import { entryWords, whatWords } from "./words";

/** One entry. A click, or Enter, does its action; one that was cleared under the pointer stays until the pointer goes. */
export function EntryRow({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const names = useNames();
  const me = useLive((state) => state.me);
  const what = useNow((now) => whatWords(t, entry, names, now, locale));
  const { why, next, action } = entryWords(t, entry, names, 0, locale);
  const cleared = entry.cleared_at !== null;
  const run = cleared ? null : actionOf(entry.action, me);
  return (
    <li className={classes.entry} data-severity={cleared ? "cleared" : entry.severity} data-entry={entry.entry_id} tabIndex={0} onKeyDown={(event) => event.key === "Enter" && event.target === event.currentTarget && run?.()}>
      <span className="visually-hidden">{cleared ? t("attention.clearedNow") : t(`attention.severity.${entry.severity}`)}</span>
      <b className={classes.what} title={what}>
        {what}
      </b>
      <time title={exact(entry.since, locale)}>{t("attention.since", { time: hourAndMinute(entry.since, locale) })}</time>
      <small title={[why, next].filter(Boolean).join(" ")}>{cleared ? t("attention.clearedNow") : [why, next].filter(Boolean).join(" ")}</small>
      {run !== null && (
        <button type="button" className={card.small} onClick={run} aria-label={t("attention.actionFor", { action, what })}>
          {action}
        </button>
      )}
    </li>
  );
}
