import { Tabs } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { configurationQuery, examineQuery, type Document, type Problem, type Saved } from "../api/configuration";
import { navigate } from "../app/router";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import classes from "./Admin.module.css";
import { AgentsTab } from "./AgentsTab";
import { AsideTab } from "./AsideTab";
import { change, useDraft } from "./draft";
import { under } from "./document";
import { HistoryTab } from "./HistoryTab";
import { HoursTab } from "./HoursTab";
import { QueuesTab } from "./QueuesTab";
import { SaveBar } from "./SaveBar";
import { SkillsTab } from "./SkillsTab";
import { TextTab } from "./TextTab";

const SECTIONS = ["queues", "agents", "skills", "hours", "text", "history", "aside"] as const;
type SectionName = (typeof SECTIONS)[number];

/** What a section's page gets: the document as it stands on the screen, what is wrong with it, and how to change it. */
export interface Editing {
  document: Document;
  problems: readonly Problem[];
  edit: (document: Document) => void;
  /** What the address names in this section. */
  item: string | null;
}

/** Administration: one document, edited in forms or as text, checked while it is edited, saved as a new version. */
export function AdminPage({ section, item }: { section: string; item: string | null }) {
  const { t } = useTranslation();
  const saved = useQuery(configurationQuery);
  const known = SECTIONS.find((name) => name === section);
  return (
    <main className={classes.page} aria-label={t("admin.title")}>
      <h1 className="visually-hidden">{t("admin.title")}</h1>
      {saved.isError && known === "aside" ? (
        <AsideTab />
      ) : saved.isError ? (
        <Notice
          tone="bad"
          title={t("admin.cannotLoad")}
          text={inWords(saved.error)}
          action={{ label: t("app.retry"), run: () => void saved.refetch(), busy: saved.isFetching }}
        />
      ) : saved.isPending ? (
        <div className={classes.loading} role="status">
          {t("app.loading")}
        </div>
      ) : (
        <Sections saved={saved.data} section={known ?? "queues"} item={item} />
      )}
    </main>
  );
}

function Sections({ saved, section, item }: { saved: Saved; section: SectionName; item: string | null }) {
  const { t } = useTranslation();
  const draft = useDraft();
  const document = draft?.document ?? saved.document;
  const [settled] = useDebouncedValue(draft?.document ?? null, 400);
  const examined = useQuery({
    ...examineQuery({ document: settled ?? saved.document }),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
  });
  const problems = draft === null ? [] : (examined.data?.problems ?? []);
  const checked = draft !== null && settled === draft.document && examined.isSuccess && !examined.isPlaceholderData;
  const editing: Editing = { document, problems, edit: (next) => change(saved, next), item };
  const count = (name: SectionName): number =>
    name === "aside" ? 0 : name === "skills" ? under(problems, "skills").length + under(problems, "attributes").length : under(problems, name).length;

  return (
    <Tabs value={section} onChange={(value) => value !== null && navigate(`/admin/${value}`)} keepMounted={false} className={classes.tabs}>
      <header className={classes.head}>
        <Tabs.List className={classes.names}>
          {SECTIONS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`admin.section.${name}`)}
              {count(name) > 0 && (
                <span className={classes.count} aria-label={t("admin.mistakes", { count: count(name) })}>
                  {count(name)}
                </span>
              )}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <SaveBar saved={saved} draft={draft} checked={checked} problems={problems} changes={examined.data?.changes ?? []} failed={examined.error} />
      </header>
      <Tabs.Panel value={section} className={classes.panel}>
        {section === "queues" && <QueuesTab {...editing} />}
        {section === "agents" && <AgentsTab {...editing} />}
        {section === "skills" && <SkillsTab {...editing} />}
        {section === "hours" && <HoursTab {...editing} />}
        {section === "text" && <TextTab key={draft === null ? saved.version : "draft"} saved={saved} {...editing} />}
        {section === "aside" && <AsideTab />}
        {section === "history" && <HistoryTab saved={saved} busy={draft !== null} item={item} />}
      </Tabs.Panel>
    </Tabs>
  );
}
