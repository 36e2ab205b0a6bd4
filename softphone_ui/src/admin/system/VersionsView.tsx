import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { configurationQuery, diffQuery, rollBack, versionsQuery, type Saved, type VersionInfo } from "../../api/configuration";
import { Link } from "../../app/Link";
import { Notice } from "../../common/Notice";
import { inWords, say } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import classes from "../Admin.module.css";
import type { Editing } from "../configuration";

/** Who changed what, and when; any version can be brought back, unless something is in the draft, which that would overtake. */
export function VersionsView({ saved, busy, item }: Editing) {
  const { t } = useTranslation();
  const versions = useQuery(versionsQuery);
  if (versions.isError)
    return <Notice tone="bad" title={t("admin.cannotLoad")} text={inWords(versions.error)} action={{ label: t("app.retry"), run: () => void versions.refetch() }} />;
  if (versions.isPending) return <div className={classes.loading} role="status">{t("app.loading")}</div>;
  const items = versions.data.items;
  const chosen = items.find((info) => String(info.version) === item) ?? items[0];
  if (chosen === undefined) return <Notice title={t("admin.history.empty")} />;
  return (
    <div className={classes.split}>
      <nav className={classes.list} aria-label={t("admin.view.versions")}>
        {items.map((info) => (
          <Entry key={info.version} info={info} current={saved.version} on={info.version === chosen.version} />
        ))}
      </nav>
      <div className={classes.sheet}>
        <Version key={chosen.version} info={chosen} saved={saved} busy={busy} />
      </div>
    </div>
  );
}

function Entry({ info, current, on }: { info: VersionInfo; current: number; on: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => (info.at > 0 ? near(info.at, now, locale) : "–"));
  return (
    <Link href={`/admin/system/versions/${info.version}`} className={classes.entry} aria-current={on ? "page" : undefined}>
      <b>{t("admin.history.version", { version: info.version })}</b>
      {info.version === current && <span className={classes.tag}>{t("admin.history.inForce")}</span>}
      <small>
        {info.author} · <time title={info.at > 0 ? exact(info.at, locale) : undefined}>{when}</time>
      </small>
      {info.comment !== "" && <small>{info.comment}</small>}
    </Link>
  );
}

function Version({ info, saved, busy }: { info: VersionInfo; saved: Saved; busy: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const diff = useQuery(diffQuery(info.version));
  const [asking, ask] = useState(false);
  return (
    <div className={classes.form}>
      <header className={classes.title}>
        <h2>{t("admin.history.version", { version: info.version })}</h2>
        <span className={classes.help}>
          {info.author}
          {info.at > 0 && ` · ${exact(info.at, locale)}`}
        </span>
        {info.version !== saved.version && (
          <Button variant="default" disabled={busy} title={busy ? t("admin.history.busy") : undefined} onClick={() => ask(true)}>
            {t("admin.history.rollBack")}
          </Button>
        )}
      </header>
      {info.comment !== "" && <p className={classes.quote}>{info.comment}</p>}
      <section className={classes.card} aria-label={t("admin.history.changed")}>
        <h3>{t("admin.history.changed")}</h3>
        {diff.isError && <p className={classes.wrong}>{inWords(diff.error)}</p>}
        {diff.data && (diff.data.text === "" ? <p className={classes.help}>{t("admin.noChanges")}</p> : <DiffText text={diff.data.text} />)}
      </section>
      {asking && <RollBackDialog to={info.version} from={saved.version} close={() => ask(false)} />}
    </div>
  );
}

/** What a line of a unified diff is, by its first character. */
const KINDS: Record<string, string> = { "+": "added", "-": "removed", "@": "place" };

function DiffText({ text }: { text: string }) {
  const { t } = useTranslation();
  const lines = text.split("\n").slice(2);
  return (
    <pre className={classes.diff} tabIndex={0} aria-label={t("admin.history.changed")}>
      {lines.map((line, index) => (
        <span key={index} data-kind={KINDS[line.charAt(0)]}>
          {line.startsWith("@@") ? "…" : line}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

function RollBackDialog({ to, from, close }: { to: number; from: number; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const back = useMutation({
    mutationFn: () => rollBack(to, from),
    onSuccess: (saved) => {
      queries.setQueryData(configurationQuery.queryKey, saved);
      void queries.invalidateQueries({ queryKey: ["configuration", "versions"] });
      say.note(t("admin.inForce", { version: saved.version }));
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={t("admin.history.rollBackTitle", { version: to })} closeButtonProps={{ "aria-label": t("admin.keepEditing") }}>
      <div className={classes.dialog}>
        <p className={classes.help}>{t("admin.history.rollBackHelp", { version: to, next: from + 1 })}</p>
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t("admin.cancel")}
          </Button>
          <Button onClick={() => back.mutate()} loading={back.isPending} data-autofocus>
            {t("admin.history.rollBack")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
