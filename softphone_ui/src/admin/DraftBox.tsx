import { Button, Popover } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Change, Problem } from "../api/configuration";
import { exact, near } from "../format/time";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import classes from "./Admin.module.css";
import { useConfiguration } from "./configuration";
import { discard } from "./draft";
import { ReviewDialog } from "./ReviewDialog";

/** Routing is a draft until it is published: what is in it, whether it is right, and the way on. Always at the foot. */
export function DraftBox() {
  const { t } = useTranslation();
  const { draft, changes, problems, state } = useConfiguration();
  const [asking, ask] = useState(false);
  if (draft === null) return <Published />;
  return (
    <section className={classes.draft} aria-label={t("admin.draft.title")}>
      <b role="status">{state === "checking" && changes.length === 0 ? t("admin.draft.checking") : t("admin.draft.changes", { count: changes.length })}</b>
      <small>{state === "failed" ? t("admin.draft.failed") : <Where changes={changes} />}</small>
      {problems.length > 0 && <Mistakes problems={problems} />}
      <div>
        <Button size="xs" variant="default" onClick={discard}>
          {t("admin.discard")}
        </Button>
        <Button size="xs" disabled={state !== "ready"} onClick={() => ask(true)}>
          {t("admin.review")}
        </Button>
      </div>
      {asking && <ReviewDialog draft={draft} changes={changes} close={() => ask(false)} />}
    </section>
  );
}

/** «In Queues and Hours» */
function Where({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const parts = [...new Set(changes.map(({ path }) => path[0] ?? ""))].map((part) => t(`admin.part.${part}` as "admin.part.queues", { defaultValue: part }));
  return parts.length === 0 ? "" : new Intl.ListFormat(locale).format(parts);
}

/** Nothing is changed: which version holds. */
function Published() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { saved } = useConfiguration();
  const when = useNow((now) => (saved !== undefined && saved.at > 0 ? near(saved.at, now, locale) : "–"));
  if (saved === undefined) return <div className={classes.published} />;
  return (
    <div className={classes.published} title={saved.at > 0 ? exact(saved.at, locale) : undefined}>
      {saved.version === 0 ? t("admin.noVersion") : t("admin.version", { version: saved.version, author: saved.author, when })}
    </div>
  );
}

function Mistakes({ problems }: { problems: readonly Problem[] }) {
  const { t } = useTranslation();
  return (
    <Popover width={440} position="right-end" withinPortal>
      <Popover.Target>
        <button type="button" className={classes.mistakes}>
          {t("admin.mistakes", { count: problems.length })}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className={classes.problems}>
          {problems.map((problem, index) => (
            <li key={index}>
              <b>{problem.path.join(" › ")}</b>
              {problem.sentence}
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
