import { Button, MultiSelect, NumberInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { AgentRules, Document, Problem } from "../api/configuration";
import classes from "./Admin.module.css";
import { AttributesEditor } from "./AttributesEditor";
import { at, byName, without } from "./document";
import { LevelsEditor } from "./LevelsEditor";
import { ShiftsEditor } from "./ShiftsEditor";

interface Props {
  id: string;
  agent: AgentRules;
  document: Document;
  problems: readonly Problem[];
  change: (part: Partial<AgentRules>) => void;
  remove: () => void;
}

/** How many at once when nothing is said (`core.model.AgentConfig`). */
const USUAL = { call: 1, chat: 3, ticket: 5, callback: 1 } as const;
const CHANNELS = ["call", "chat", "ticket", "callback"] as const;

/** An agent: skills, queues, facts, how much at once, when. Signing in is not configured here. */
export function AgentForm({ id, agent, document, problems, change, remove }: Props) {
  const { t } = useTranslation();
  const wrong = (...path: (string | number)[]) => at(problems, "agents", id, ...path);
  const queueProblems = agent.queues.map((_, index) => wrong("queues", index)).filter((sentence) => sentence !== undefined);
  return (
    <section className={classes.form} aria-label={agent.name}>
      <header className={classes.title}>
        <h2>{agent.name || id}</h2>
        <code>{id}</code>
        <Button variant="subtle" color="red" onClick={remove}>
          {t("admin.remove")}
        </Button>
      </header>
      <section className={classes.card}>
        <div className={classes.pair}>
          <TextInput label={t("admin.name")} value={agent.name} error={wrong("name")} onChange={(event) => change({ name: event.currentTarget.value })} />
          <MultiSelect
            label={t("admin.agent.queues")}
            description={t("admin.agent.queuesHelp")}
            placeholder={agent.queues.length === 0 ? t("admin.agent.allQueues") : ""}
            data={byName(document.queues).map(([queueId, queue]) => ({ value: queueId, label: queue.name }))}
            value={agent.queues}
            error={queueProblems.length > 0 ? queueProblems.join(" ") : undefined}
            onChange={(queues) => change({ queues })}
          />
        </div>
      </section>
      <section className={classes.card}>
        <LevelsEditor
          label={t("admin.section.skills")}
          levels={agent.skills}
          skills={document.skills}
          problems={problems}
          path={["agents", id, "skills"]}
          none={t("admin.agent.noSkills")}
          change={(skills) => change({ skills })}
        />
      </section>
      <AttributesEditor id={id} agent={agent} document={document} problems={problems} change={(attributes) => change({ attributes })} />
      <section className={classes.card}>
        <h3>{t("admin.agent.capacity")}</h3>
        <div className={classes.numbers}>
          {CHANNELS.map((channel) => (
            <NumberInput
              key={channel}
              label={t(`admin.agent.channel.${channel}`)}
              placeholder={t("admin.agent.usual", { count: USUAL[channel] })}
              value={agent.capacity[channel] ?? ""}
              hideControls
              allowDecimal={false}
              error={wrong("capacity", channel)}
              onChange={(value) =>
                change({ capacity: typeof value === "number" ? { ...agent.capacity, [channel]: value } : without(agent.capacity, channel) })
              }
            />
          ))}
        </div>
        <p className={classes.help}>{t("admin.agent.capacityHelp")}</p>
      </section>
      <ShiftsEditor id={id} shifts={agent.shifts} problems={problems} change={(shifts) => change({ shifts })} />
    </section>
  );
}
