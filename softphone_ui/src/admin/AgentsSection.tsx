import { useTranslation } from "react-i18next";

import { navigate } from "../app/router";
import { onDocument, type Editing } from "./configuration";
import { AgentForm } from "./AgentForm";
import { byName, freshId, inWords, newAgent, under, withEntry } from "./document";
import { EntryList } from "./EntryList";

export const AgentsPage = onDocument(AgentsSection);

function AgentsSection({ document, problems, edit, item }: Editing) {
  const { t } = useTranslation();
  const agents = byName(document.agents);
  const chosen = item !== null && item in document.agents ? item : (agents[0]?.[0] ?? null);
  const agent = chosen === null ? undefined : document.agents[chosen];
  return (
    <EntryList
      label={t("admin.section.agents")}
      path="/admin/agents"
      chosen={chosen}
      entries={agents.map(([id, each]) => ({
        id,
        name: each.name,
        detail: inWords(each.skills, document.skills) || t("admin.agent.noSkills"),
        mistakes: under(problems, "agents", id).length,
      }))}
      add={(name) => {
        const id = freshId("agent_", name, document.agents);
        edit(withEntry(document, "agents", id, newAgent(name)));
        return id;
      }}
      addLabel={t("admin.agent.new")}
      empty={t("admin.agent.empty")}
    >
      {chosen !== null && agent !== undefined && (
        <AgentForm
          key={chosen}
          id={chosen}
          agent={agent}
          document={document}
          problems={problems}
          change={(part) => edit(withEntry(document, "agents", chosen, { ...agent, ...part }))}
          remove={() => {
            edit(withEntry(document, "agents", chosen, undefined));
            navigate("/admin/agents");
          }}
        />
      )}
    </EntryList>
  );
}
