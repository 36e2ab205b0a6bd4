import { Button, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { examineQuery, type Problem } from "../../api/configuration";
import { wholeMistakeWords } from "../../common/mistakeWords";
import { inWords } from "../../common/say";
import classes from "../Admin.module.css";
import type { Editing } from "../configuration";

/** The whole document as YAML, checked while it is typed; mistakes stand with their lines and lead there. */
export function YamlView({ saved, document, edit }: Editing) {
  const { t } = useTranslation();
  // The text of a draft comes from the server, which writes it as an export would.
  const written = useQuery({ ...examineQuery({ document }), enabled: document !== saved.document });
  const text = document === saved.document ? saved.yaml : written.data?.yaml;
  if (text === undefined || text === null)
    return (
      <div className={classes.loading} role="status">
        {written.isError ? inWords(written.error) : written.data ? t("admin.text.notWhole") : t("app.loading")}
      </div>
    );
  return <Editor key={text} text={text} edit={edit} />;
}

function Editor({ text, edit }: { text: string; edit: Editing["edit"] }) {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState(text);
  const [settled] = useDebouncedValue(typed, 500);
  const differs = typed !== text;
  const examined = useQuery({ ...examineQuery({ yaml: settled }), enabled: differs && settled !== text, placeholderData: keepPreviousData });
  const problems = differs ? (examined.data?.problems ?? []) : [];
  const fresh = differs && settled === typed && examined.isSuccess && !examined.isPlaceholderData;
  const document = fresh ? examined.data.document : null;
  return (
    <div className={classes.textPage}>
      <div className={classes.textHead}>
        <p className={classes.help}>{t("admin.text.help")}</p>
        <Button variant="default" disabled={document === null || problems.length > 0} onClick={() => document !== null && edit(document)}>
          {t("admin.text.take")}
        </Button>
      </div>
      <div className={classes.textBody}>
        <Textarea
          ref={field}
          aria-label={t("admin.view.yaml")}
          classNames={{ root: classes.textRoot ?? "", wrapper: classes.textRoot ?? "", input: classes.textInput ?? "" }}
          value={typed}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <aside className={classes.textSide} aria-label={t("admin.text.findings")} aria-live="polite">
          {problems.length === 0 ? (
            <p className={classes.help}>{!differs ? t("admin.text.unchanged") : examined.isError ? inWords(examined.error) : fresh ? t("admin.text.good") : t("admin.text.checking")}</p>
          ) : (
            <ul className={classes.problems}>
              {problems.map((problem, index) => (
                <li key={index}>
                  <button type="button" onClick={() => show(field.current, typed, problem)}>
                    <b>{t("admin.text.line", { line: problem.line ?? 1 })}</b>
                    {wholeMistakeWords(t, problem)}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </aside>
      </div>
    </div>
  );
}

/** Puts the cursor where the mistake is, and that line into view. */
function show(field: HTMLTextAreaElement | null, text: string, problem: Problem): void {
  if (field === null) return;
  const lines = text.split("\n");
  const line = Math.max(1, problem.line ?? 1);
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  field.focus();
  field.setSelectionRange(start + Math.max(0, (problem.column ?? 1) - 1), start + (lines[line - 1]?.length ?? 0));
  field.scrollTop = (field.scrollHeight / lines.length) * (line - 4);
}
