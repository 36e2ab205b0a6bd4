import { useTranslation } from "react-i18next";

import { navigate } from "../app/router";
import { onDocument, type Editing } from "./configuration";
import { freshId, newHours, under, withEntry } from "./document";
import { EntryList } from "./EntryList";
import { HoursForm } from "./HoursForm";

export const HoursPage = onDocument(HoursSection);

function HoursSection({ document, problems, edit, item }: Editing) {
  const { t } = useTranslation();
  const names = Object.keys(document.hours).sort();
  const chosen = item !== null && item in document.hours ? item : (names[0] ?? null);
  const hours = chosen === null ? undefined : document.hours[chosen];
  return (
    <EntryList
      label={t("admin.section.hours")}
      path="/admin/hours"
      chosen={chosen}
      entries={names.map((id) => ({
        id,
        name: id,
        detail: Object.entries(document.hours[id]?.week ?? {})
          .map(([days, spans]) => `${days} ${spans.join(", ")}`)
          .join(" · "),
        mistakes: under(problems, "hours", id).length,
      }))}
      add={(name) => {
        const id = freshId("", name, document.hours);
        edit(withEntry(document, "hours", id, newHours(Intl.DateTimeFormat().resolvedOptions().timeZone)));
        return id;
      }}
      addLabel={t("admin.hours.new")}
      empty={t("admin.hours.empty")}
    >
      {chosen !== null && hours !== undefined && (
        <HoursForm
          key={chosen}
          id={chosen}
          hours={hours}
          problems={problems}
          change={(part) => edit(withEntry(document, "hours", chosen, { ...hours, ...part }))}
          remove={() => {
            edit(withEntry(document, "hours", chosen, undefined));
            navigate("/admin/hours");
          }}
        />
      )}
    </EntryList>
  );
}
