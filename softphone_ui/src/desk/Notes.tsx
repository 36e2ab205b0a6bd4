import { Textarea } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useShortcuts } from "../common/useShortcuts";
import classes from "./Conversation.module.css";
import { keep, kept } from "./keptDraft";
import { emptyWrapUp } from "./wrapUp";

/** What I write while we talk, from the first second: it becomes the summary of the wrap-up. N goes there. */
export function Notes({ workId }: { workId: string }) {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const [notes, setNotes] = useState(() => kept(sessionStorage, workId)?.summary ?? "");
  useShortcuts(useMemo(() => ({ n: () => field.current?.focus() }), []));
  const write = (text: string): void => {
    setNotes(text);
    keep(sessionStorage, workId, { ...(kept(sessionStorage, workId) ?? emptyWrapUp("")), summary: text });
  };
  return (
    <section className={classes.notes} aria-label={t("notes.title")}>
      <h3>
        <label htmlFor="call-notes">{t("notes.title")}</label> <kbd aria-hidden="true">N</kbd>
      </h3>
      <Textarea
        id="call-notes"
        ref={field}
        classNames={{ root: classes.notesRoot ?? "", wrapper: classes.notesRoot ?? "", input: classes.notesInput ?? "" }}
        placeholder={t("notes.hint")}
        value={notes}
        maxLength={10_000}
        onChange={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
    </section>
  );
}
