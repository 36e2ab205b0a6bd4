import { Button, Modal, Popover, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../api/client";
import { configurationQuery, saveConfiguration, type Change, type Problem, type Saved } from "../api/configuration";
import { inWords, say } from "../common/say";
import { exact, near } from "../format/time";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import classes from "./Admin.module.css";
import { Changes } from "./Changes";
import { discard, type Draft } from "./draft";

interface Props {
  saved: Saved;
  draft: Draft | null;
  /** The problems are those of what is on the screen now. */
  checked: boolean;
  problems: readonly Problem[];
  changes: readonly Change[];
  failed: Error | null;
}

/** Which version this is, whether something is unsaved or wrong, and the way to save it. Always at the same place. */
export function SaveBar({ saved, draft, checked, problems, changes, failed }: Props) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  const state = draft === null ? "saved" : failed !== null ? "failed" : problems.length > 0 ? "wrong" : checked ? "ready" : "checking";
  return (
    <div className={classes.bar}>
      <Version saved={saved} />
      {state === "wrong" ? (
        <Mistakes problems={problems} />
      ) : (
        <span className={classes.state} role="status" data-state={state}>
          {t(`admin.state.${state}`)}
        </span>
      )}
      <Button variant="default" disabled={draft === null} onClick={discard}>
        {t("admin.discard")}
      </Button>
      <Button disabled={state !== "ready"} onClick={() => ask(true)}>
        {t("admin.save")}
      </Button>
      {draft !== null && asking && <SaveDialog draft={draft} changes={changes} close={() => ask(false)} />}
    </div>
  );
}

function Version({ saved }: { saved: Saved }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => (saved.at > 0 ? near(saved.at, now, locale) : "–"));
  if (saved.version === 0) return <span className={classes.version}>{t("admin.noVersion")}</span>;
  return (
    <span className={classes.version} title={saved.at > 0 ? exact(saved.at, locale) : undefined}>
      {t("admin.version", { version: saved.version, author: saved.author, when })}
    </span>
  );
}

function Mistakes({ problems }: { problems: readonly Problem[] }) {
  const { t } = useTranslation();
  return (
    <Popover width={440} position="bottom-end" withinPortal>
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

function SaveDialog({ draft, changes, close }: { draft: Draft; changes: readonly Change[]; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [comment, setComment] = useState("");
  const save = useMutation({
    mutationFn: () => saveConfiguration(draft.base.version, comment, draft.document),
    meta: { silent: true },
    onSuccess: (saved) => {
      discard();
      queries.setQueryData(configurationQuery.queryKey, saved);
      void queries.invalidateQueries({ queryKey: ["configuration", "versions"] });
      say.note(saved.pending === "" ? t("admin.inForce", { version: saved.version }) : t("admin.pending", { version: saved.version }));
      close();
    },
  });
  const overtaken = save.error instanceof ApiError && save.error.status === 409;
  const takeTheirs = (): void => {
    discard();
    void queries.invalidateQueries({ queryKey: ["configuration"] });
    close();
  };
  return (
    <Modal opened onClose={close} title={t("admin.saveTitle")} size="lg" closeButtonProps={{ "aria-label": t("admin.keepEditing") }}>
      <form
        className={classes.dialog}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <p className={classes.help}>{t("admin.saveHelp")}</p>
        <Changes changes={changes} document={draft.document} base={draft.base.document} />
        <TextInput label={t("admin.comment")} placeholder={t("admin.commentHint")} value={comment} maxLength={500} onChange={(event) => setComment(event.currentTarget.value)} data-autofocus />
        {save.error !== null && (
          <div role="alert" className={classes.refused}>
            {inWords(save.error)}
            {overtaken && <span>{t("admin.overtaken")}</span>}
          </div>
        )}
        <div className={classes.buttons}>
          {overtaken && (
            <Button variant="default" onClick={takeTheirs}>
              {t("admin.takeTheirs")}
            </Button>
          )}
          <Button variant="default" onClick={close}>
            {t("admin.keepEditing")}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={overtaken}>
            {t("admin.putInForce")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
