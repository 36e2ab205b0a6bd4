import { useTranslation } from "react-i18next";

import { codeOf, type AuditFilter, type AuditItem } from "../../api/audit";
import { exact, near } from "../../format/time";
import en from "../../i18n/en.json";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import classes from "./Audit.module.css";
import { detailsWords } from "./details";

type KnownAction = keyof typeof en.audit.action;

/** One entry; who and about what narrow the list to themselves. */
export function AuditRow({ entry, narrow }: { entry: AuditItem; narrow: (part: Partial<AuditFilter>) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(entry.at, now, locale));
  const who = entry.user !== "" ? entry.user : (entry.user_id ?? t(entry.source === "" ? "audit.system" : "audit.stranger"));
  const code = codeOf(entry.action);
  const action = code in en.audit.action ? t(`audit.action.${code as KnownAction}`) : code;
  const details = detailsWords({ t, locale }, entry.details);
  return (
    <tr data-result={entry.result}>
      <td>
        <time title={exact(entry.at, locale)}>{when}</time>
      </td>
      <td title={entry.user_id ?? undefined}>
        <button type="button" className={classes.narrow} onClick={() => narrow({ who: entry.user_id ?? "system" })} disabled={entry.user_id === null && entry.source !== ""}>
          {who}
        </button>
      </td>
      <td>
        {action}
        {entry.result === "refused" && <span className={classes.refused}>{t("audit.refused")}</span>}
      </td>
      <td title={entry.subject}>
        {entry.subject !== "" && (
          <button type="button" className={classes.narrow} onClick={() => narrow({ about: entry.subject })}>
            {entry.subject_name || entry.subject}
          </button>
        )}
      </td>
      <td title={details}>{details}</td>
      <td className={classes.source}>{entry.source}</td>
    </tr>
  );
}
