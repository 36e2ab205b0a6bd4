import { ActionIcon, Button, Select, TagsInput, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { AttributeKind } from "../api/configuration";
import classes from "./Admin.module.css";
import { onDocument, type Editing } from "./configuration";
import { at, freshId, withEntry } from "./document";

const KINDS: AttributeKind[] = ["yes_no", "number", "text"];

export const SkillsPage = onDocument(SkillsSection);

/** The words that queues and agents are described with. */
function SkillsSection(editing: Editing) {
  return (
    <div className={classes.wide}>
      <Skills {...editing} />
      <Attributes {...editing} />
    </div>
  );
}

function Skills({ document, problems, edit }: Editing) {
  const { t } = useTranslation();
  const skills = Object.entries(document.skills).sort(([, one], [, other]) => one.localeCompare(other));
  const agents = Object.values(document.agents);
  return (
    <section className={classes.card} aria-label={t("admin.section.skills")}>
      <h2>{t("admin.section.skills")}</h2>
      <p className={classes.help}>{t("admin.skill.help")}</p>
      <div className={classes.rows}>
        {skills.map(([id, name]) => (
          <div key={id} className={classes.row}>
            <TextInput
              aria-label={t("admin.skill.nameOf", { id })}
              value={name}
              error={at(problems, "skills", id)}
              onChange={(event) => edit(withEntry(document, "skills", id, event.currentTarget.value))}
            />
            <code>{id}</code>
            <span className={classes.help}>{t("admin.skill.agents", { count: agents.filter((agent) => id in agent.skills).length })}</span>
            <ActionIcon variant="subtle" color="gray" aria-label={t("admin.removeThis", { what: name })} onClick={() => edit(withEntry(document, "skills", id, undefined))}>
              <IconX size={16} />
            </ActionIcon>
          </div>
        ))}
      </div>
      <Adder label={t("admin.skill.new")} add={(name) => edit(withEntry(document, "skills", freshId("skill_", name, { ...document.skills, ...document.attributes }), name))} />
    </section>
  );
}

function Attributes({ document, problems, edit }: Editing) {
  const { t } = useTranslation();
  return (
    <section className={classes.card} aria-label={t("admin.attribute.title")}>
      <h2>{t("admin.attribute.title")}</h2>
      <p className={classes.help}>{t("admin.attribute.help")}</p>
      <div className={classes.rows}>
        {Object.entries(document.attributes).map(([id, rules]) => (
          <div key={id} className={classes.row}>
            <TextInput
              aria-label={t("admin.skill.nameOf", { id })}
              value={rules.name}
              placeholder={id}
              error={at(problems, "attributes", id)}
              onChange={(event) => edit(withEntry(document, "attributes", id, { ...rules, name: event.currentTarget.value }))}
            />
            <code>{id}</code>
            <div className={classes.kind}>
              <Select
                aria-label={t("admin.attribute.kindOf", { id })}
                data={KINDS.map((kind) => ({ value: kind, label: t(`admin.attribute.kind.${kind}`) }))}
                value={rules.kind}
                allowDeselect={false}
                w={140}
                onChange={(kind) => kind !== null && edit(withEntry(document, "attributes", id, { ...rules, kind: kind, values: [] }))}
              />
              {rules.kind === "text" && (
                <TagsInput
                  aria-label={t("admin.attribute.valuesOf", { id })}
                  placeholder={rules.values.length === 0 ? t("admin.attribute.anyValue") : ""}
                  value={rules.values}
                  error={at(problems, "attributes", id, "values")}
                  onChange={(values) => edit(withEntry(document, "attributes", id, { ...rules, values }))}
                />
              )}
            </div>
            <ActionIcon variant="subtle" color="gray" aria-label={t("admin.removeThis", { what: rules.name || id })} onClick={() => edit(withEntry(document, "attributes", id, undefined))}>
              <IconX size={16} />
            </ActionIcon>
          </div>
        ))}
      </div>
      <Adder
        label={t("admin.attribute.new")}
        add={(name) => edit(withEntry(document, "attributes", freshId("", name, { ...document.skills, ...document.attributes }), { name, kind: "yes_no", values: [] }))}
      />
    </section>
  );
}

/** One line: a name, and Enter or the button adds it. */
export function Adder({ label, add }: { label: string; add: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  return (
    <form
      className={classes.add}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() === "") return;
        add(name.trim());
        setName("");
      }}
    >
      <TextInput aria-label={label} placeholder={label} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Button type="submit" variant="default" disabled={name.trim() === ""}>
        {t("admin.add")}
      </Button>
    </form>
  );
}
