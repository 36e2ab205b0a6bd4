import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../api/client";
import { configurationQuery, saveConfiguration, type Change } from "../api/configuration";
import { inWords, say } from "../common/say";
import classes from "./Admin.module.css";
import { Changes } from "./Changes";
import { discard, type Draft } from "./draft";

/** Every change of the draft once more, with a reason, before it takes effect. */
export function ReviewDialog({ draft, changes, close }: { draft: Draft; changes: readonly Change[]; close: () => void }) {
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
