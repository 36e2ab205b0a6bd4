import { useTranslation } from "react-i18next";

import { navigate } from "../app/router";
import { onDocument, type Editing } from "./configuration";
import { byName, freshId, inWords, newQueue, under, withEntry } from "./document";
import { EntryList } from "./EntryList";
import { QueueForm } from "./QueueForm";

export const QueuesPage = onDocument(QueuesSection);

function QueuesSection({ document, problems, edit, item }: Editing) {
  const { t } = useTranslation();
  const queues = byName(document.queues);
  const chosen = item !== null && item in document.queues ? item : (queues[0]?.[0] ?? null);
  const queue = chosen === null ? undefined : document.queues[chosen];
  return (
    <EntryList
      label={t("admin.section.queues")}
      path="/admin/queues"
      chosen={chosen}
      entries={queues.map(([id, each]) => ({
        id,
        name: each.name,
        detail: inWords(each.requirements, document.skills) || t("admin.queue.asksNothing"),
        mistakes: under(problems, "queues", id).length,
      }))}
      add={(name) => {
        const id = freshId("queue_", name, document.queues);
        edit(withEntry(document, "queues", id, newQueue(name)));
        return id;
      }}
      addLabel={t("admin.queue.new")}
      empty={t("admin.queue.empty")}
    >
      {chosen !== null && queue !== undefined && (
        <QueueForm
          key={chosen}
          id={chosen}
          queue={queue}
          document={document}
          problems={problems}
          change={(part) => edit(withEntry(document, "queues", chosen, { ...queue, ...part }))}
          remove={() => {
            edit(withEntry(document, "queues", chosen, undefined));
            navigate("/admin/queues");
          }}
        />
      )}
    </EntryList>
  );
}
