import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import type { Change, Document } from "../api/configuration";
import classes from "./Admin.module.css";

/** Single changes in words: where, what it was, what it is. */
export function Changes({ changes, document, base }: { changes: readonly Change[]; document: Document; base: Document }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p className={classes.help}>{t("admin.noChanges")}</p>;
  return (
    <ul className={classes.changes} aria-label={t("admin.changes")} tabIndex={0}>
      {changes.map((change) => (
        <li key={change.path.join("/")}>
          <b>{named(t, change.path, document, base).join(" › ")}</b>
          {change.before === null ? (
            <ins>{change.path.length === 2 ? t("admin.added") : value(change.after)}</ins>
          ) : change.after === null && change.path.length === 2 ? (
            <del>{t("admin.removed")}</del>
          ) : (
            <span>
              <del>{value(change.before)}</del> → <ins>{value(change.after)}</ins>
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Ids of queues, agents and skills as people call them. */
function named(t: TFunction, path: readonly string[], document: Document, base: Document): string[] {
  return path.map((part, index) => {
    if (index === 0) return t(`admin.part.${part}` as "admin.part.queues", { defaultValue: part });
    for (const each of [document, base]) {
      const name = each.queues[part]?.name ?? each.agents[part]?.name ?? each.skills[part];
      if (name !== undefined && name !== "") return name;
    }
    return part;
  });
}

function value(it: unknown): string {
  if (it === null || it === "") return "–";
  return typeof it === "string" ? it : JSON.stringify(it, null, 1).replace(/\s*\n\s*/g, " ");
}
