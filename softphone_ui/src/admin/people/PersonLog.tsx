import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { codeOf, type AuditItem, type auditQuery } from "../../api/audit";
import { inWords } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import en from "../../i18n/en.json";
import { useNow } from "../../live/useNow";
import classes from "./People.module.css";

const SHOWN = 12;
type KnownAction = keyof typeof en.audit.action;

/** The latest of the audit log about one person. */
export function PersonLog({ query }: { query: ReturnType<typeof auditQuery> }) {
  const { t } = useTranslation();
  const entries = useInfiniteQuery(query);
  if (entries.isError) return <p className={classes.wrong}>{inWords(entries.error)}</p>;
  const items = entries.data?.pages[0]?.items.slice(0, SHOWN) ?? [];
  if (items.length === 0) return <p className={classes.help}>{t(entries.isPending ? "app.loading" : "people.logNone")}</p>;
  return (
    <ul className={classes.rows}>
      {items.map((entry) => (
        <LogEntry key={entry.audit_id} entry={entry} />
      ))}
    </ul>
  );
}

function LogEntry({ entry }: { entry: AuditItem }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(entry.at, now, locale));
  const code = codeOf(entry.action);
  const action = code in en.audit.action ? t(`audit.action.${code as KnownAction}`) : code;
  const by = entry.user !== "" && entry.user_id !== entry.subject ? ` · ${entry.user}` : "";
  return (
    <li className={classes.entry}>
      <time title={exact(entry.at, locale)}>{when}</time>
      <span title={`${action}${by}`}>
        {action}
        {by}
      </span>
    </li>
  );
}
