import { useState } from "react";
import { useTranslation } from "react-i18next";

import { exact, hourAndMinute, sameDay } from "../../format/time";
import { useLocale } from "../../i18n";
import { useLive } from "../../live/LiveProvider";
import { useNow } from "../../live/useNow";
import classes from "./Attention.module.css";
import { useNames } from "./useNames";
import { whatWords } from "./words";

/** What needed attention today and does no longer, the newest first. Folded: it is for looking back. */
export function ClearedToday() {
  const { t } = useTranslation();
  const locale = useLocale();
  const names = useNames();
  const all = useLive((state) => state.cleared);
  const minute = useNow((now) => Math.floor(now / 60) * 60);
  const [open, setOpen] = useState(false);
  const today = all.filter((entry) => sameDay(entry.cleared_at ?? 0, minute));
  if (today.length === 0) return null;
  return (
    <div className={classes.cleared}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t("attention.cleared")} <span>{today.length}</span>
      </button>
      {open && (
        <ul>
          {today.map((entry) => (
            <li key={entry.entry_id}>
              <span title={whatWords(t, entry, names, minute, locale)}>{whatWords(t, entry, names, minute, locale)}</span>
              <time title={exact(entry.cleared_at ?? 0, locale)}>
                {t("attention.clearedFromTo", { from: hourAndMinute(entry.since, locale), to: hourAndMinute(entry.cleared_at ?? 0, locale) })}
              </time>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
