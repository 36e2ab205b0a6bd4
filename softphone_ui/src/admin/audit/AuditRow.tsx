import { CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { codeOf, type AuditFilter, type AuditItem } from "../../api/audit";
import { exact, near } from "../../format/time";
import en from "../../i18n/en.json";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import classes from "./Audit.module.css";
import { aboutWords, detailsWords, idsWords } from "./details";

type KnownAction = keyof typeof en.audit.action;

/** One entry; who and about what narrow the list to themselves. */
export function AuditRow({ entry, narrow }: { entry: AuditItem; narrow: (part: Partial<AuditFilter>) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(entry.at, now, locale));
  const who = entry.user !== "" ? entry.user : (entry.user_id ?? t(entry.source === "" ? "audit.system" : "audit.stranger"));
  const code = codeOf(entry.action);
  const action = code in en.audit.action ? t(`audit.action.${code as KnownAction}`) : code;
  const details = detailsWords({ t, locale, names: entry.names }, entry.details);
  const ids = idsWords(entry.names);
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
      <td>{entry.subject !== "" && <About entry={entry} narrow={narrow} />}</td>
      <td title={[details, ...ids].join("\n")}>{details}</td>
      <td className={classes.source}>{entry.source === "command line" ? t("audit.commandLine") : entry.source}</td>
    </tr>
  );
}

/** What it was done to, by name; the id is there for whoever needs it. */
function About({ entry, narrow }: { entry: AuditItem; narrow: (part: Partial<AuditFilter>) => void }) {
  const { t } = useTranslation();
  return (
    <span className={classes.about} title={entry.subject}>
      <button type="button" className={classes.narrow} onClick={() => narrow({ about: entry.subject })}>
        {aboutWords(t, entry)}
      </button>
      <CopyButton value={entry.subject}>
        {({ copied, copy }) => (
          <button type="button" className={classes.copy} onClick={copy} aria-label={t(copied ? "audit.copied" : "audit.copyId", { id: entry.subject })}>
            {copied ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />}
          </button>
        )}
      </CopyButton>
    </span>
  );
}
