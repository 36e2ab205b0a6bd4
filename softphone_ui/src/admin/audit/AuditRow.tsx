import { useTranslation } from "react-i18next";

import { codeOf, type AuditFilter, type AuditItem } from "../../api/audit";
import { exact, near } from "../../format/time";
import en from "../../i18n/en.json";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import classes from "./Audit.module.css";

type KnownAction = keyof typeof en.audit.action;

/** One entry; who and about what narrow the list to themselves. */
export function AuditRow({ entry, narrow }: { entry: AuditItem; narrow: (part: Partial<AuditFilter>) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(entry.at, now, locale));
  const who = entry.user !== "" ? entry.user : (entry.user_id ?? t(entry.source === "" ? "audit.system" : "audit.stranger"));
  const code = codeOf(entry.action);
  const action = code in en.audit.action ? t(`audit.action.${code as KnownAction}`) : code;
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
      <td title={detailsOf(entry)}>{detailsOf(entry)}</td>
      <td className={classes.source}>{entry.source}</td>
    </tr>
  );
}

/** Lists as people write them: «skills, name». */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** «reason: wrong · role: supervisor» */
function detailsOf({ details }: AuditItem): string {
  return Object.entries(details as Record<string, unknown>)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${shown(value)}`)
    .join(" · ");
}
