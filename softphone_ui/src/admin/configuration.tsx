/** The configuration document under all pages of routing: as it stands, what is wrong with it, and how to change it. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createContext, use, useMemo, type ComponentType, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { configurationQuery, examineQuery, type Change, type Document, type Problem, type Saved } from "../api/configuration";
import { Notice } from "../common/Notice";
import { wholeMistakeWords } from "../common/mistakeWords";
import { inWords } from "../common/say";
import classes from "./Admin.module.css";
import { change, useDraft, type Draft } from "./draft";

export type DraftState = "saved" | "checking" | "ready" | "wrong" | "failed";

interface Configuration {
  saved: Saved | undefined;
  failed: Error | null;
  again: () => void;
  draft: Draft | null;
  problems: readonly Problem[];
  changes: readonly Change[];
  state: DraftState;
}

/** What a section's page gets: the document as it stands on the screen, what is wrong with it, and how to change it. */
export interface Editing {
  saved: Saved;
  document: Document;
  problems: readonly Problem[];
  edit: (document: Document) => void;
  /** Something is changed and not published. */
  busy: boolean;
  /** What the address names in this section. */
  item: string | null;
}

const NONE: readonly Problem[] = [];
const NO_CHANGES: readonly Change[] = [];
const Place = createContext<Configuration | null>(null);

export function ConfigurationProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const saved = useQuery(configurationQuery);
  const draft = useDraft();
  const [settled] = useDebouncedValue(draft?.document ?? null, 400);
  const nothing: Document = { skills: {}, attributes: {}, hours: {}, queues: {}, agents: {}, attention: {}, dispositions: [] };
  const examined = useQuery({
    ...examineQuery({ document: settled ?? saved.data?.document ?? nothing }),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
  });
  const checked = draft !== null && settled === draft.document && examined.isSuccess && !examined.isPlaceholderData;
  const found = draft === null ? NONE : (examined.data?.problems ?? NONE);
  const problems = useMemo(() => found.map((problem) => ({ ...problem, sentence: wholeMistakeWords(t, problem) })), [found, t]);
  const failed = draft !== null && examined.isError;
  const state: DraftState = draft === null ? "saved" : failed ? "failed" : problems.length > 0 ? "wrong" : checked ? "ready" : "checking";
  const { refetch } = saved;
  const value = useMemo(
    () => ({
      saved: saved.data,
      failed: saved.error,
      again: () => void refetch(),
      draft,
      problems,
      changes: draft === null ? NO_CHANGES : (examined.data?.changes ?? NO_CHANGES),
      state,
    }),
    [saved.data, saved.error, refetch, draft, problems, examined.data, state],
  );
  return <Place value={value}>{children}</Place>;
}

export function useConfiguration(): Configuration {
  const found = use(Place);
  if (found === null) throw new Error("ConfigurationProvider is missing above this component");
  return found;
}

/** A page about the document: waits for it, and says when it cannot be had. */
export function onDocument(Section: ComponentType<Editing>): ComponentType<{ item: string | null }> {
  return function OnDocument({ item }) {
    const { t } = useTranslation();
    const { saved, failed, again, draft, problems } = useConfiguration();
    if (saved === undefined && failed !== null)
      return <Notice tone="bad" title={t("admin.cannotLoad")} text={inWords(failed)} action={{ label: t("app.retry"), run: again }} />;
    if (saved === undefined)
      return (
        <div className={classes.loading} role="status">
          {t("app.loading")}
        </div>
      );
    // What a later release added to the document is in what is saved, and not in a draft from before.
    const document = draft === null ? saved.document : { ...saved.document, ...draft.document };
    return <Section saved={saved} document={document} problems={problems} edit={(next) => change(saved, next)} busy={draft !== null} item={item} />;
  };
}
