import { NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { AgentRules, AttributeRules, Document, Fact, Problem } from "../api/configuration";
import classes from "./Admin.module.css";
import { at, without } from "./document";

interface Props {
  id: string;
  agent: AgentRules;
  document: Document;
  problems: readonly Problem[];
  change: (attributes: AgentRules["attributes"]) => void;
}

/** Facts about one agent, each with the control that fits its kind. */
export function AttributesEditor({ id, agent, document, problems, change }: Props) {
  const { t } = useTranslation();
  const known = Object.entries(document.attributes);
  if (known.length === 0) return null;
  const set = (name: string, value: Fact | null): void =>
    change(value === null ? without(agent.attributes, name) : { ...agent.attributes, [name]: value });
  return (
    <section className={classes.card}>
      <h3>{t("admin.agent.attributes")}</h3>
      <div className={classes.facts}>
        {known.map(([name, rules]) => (
          <FactField
            key={name}
            label={rules.name || name}
            rules={rules}
            value={agent.attributes[name]}
            error={at(problems, "agents", id, "attributes", name)}
            set={(value) => set(name, value)}
          />
        ))}
      </div>
    </section>
  );
}

interface FieldProps {
  label: string;
  rules: AttributeRules;
  value: Fact | undefined;
  error: string | undefined;
  set: (value: Fact | null) => void;
}

function FactField({ label, rules, value, error, set }: FieldProps) {
  const { t } = useTranslation();
  if (rules.kind === "yes_no")
    return <Switch label={label} checked={value === true} error={error} onChange={(event) => set(event.currentTarget.checked ? true : null)} />;
  if (rules.kind === "number")
    return (
      <NumberInput label={label} value={typeof value === "number" ? value : ""} hideControls allowDecimal={false} error={error} onChange={(next) => set(typeof next === "number" ? next : null)} />
    );
  const text = typeof value === "string" ? value : "";
  if (rules.values.length === 0)
    return <TextInput label={label} value={text} error={error} onChange={(event) => set(event.currentTarget.value === "" ? null : event.currentTarget.value)} />;
  return (
    <Select label={label} data={rules.values} value={text === "" ? null : text} clearable clearButtonProps={{ "aria-label": t("admin.clear") }} error={error} onChange={set} />
  );
}
