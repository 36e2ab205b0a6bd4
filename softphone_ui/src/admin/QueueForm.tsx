import { Button, NumberInput, Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Document, Problem, QueueRules, Strategy } from "../api/configuration";
import classes from "./Admin.module.css";
import { AttentionFields } from "./AttentionFields";
import { at } from "./document";
import { LevelsEditor } from "./LevelsEditor";
import { StepsEditor } from "./StepsEditor";

interface Props {
  id: string;
  queue: QueueRules;
  document: Document;
  problems: readonly Problem[];
  change: (part: Partial<QueueRules>) => void;
  remove: () => void;
}

const STRATEGIES: Strategy[] = ["longest_idle", "most_skilled", "least_occupied", "round_robin", "ring_all", "random"];
const TIMES = ["ring_timeout_s", "wrap_up_limit_s", "max_wait_s", "service_level_s", "short_abandon_s", "preferred_agent_s"] as const;
const COUNTS = ["priority", "ageing_per_minute", "last_agent_days"] as const;

/** A queue: who may serve, who of them gets the work, what changes while somebody waits, and its limits. */
export function QueueForm({ id, queue, document, problems, change, remove }: Props) {
  const { t } = useTranslation();
  const wrong = (...path: (string | number)[]) => at(problems, "queues", id, ...path);
  const whole = wrong();
  return (
    <section className={classes.form} aria-label={queue.name}>
      <header className={classes.title}>
        <h2>{queue.name || id}</h2>
        <code>{id}</code>
        <Button variant="subtle" color="red" onClick={remove}>
          {t("admin.remove")}
        </Button>
      </header>
      {whole !== undefined && <p className={classes.wrong}>{whole}</p>}
      <section className={classes.card}>
        <div className={classes.pair}>
          <TextInput label={t("admin.name")} value={queue.name} error={wrong("name")} onChange={(event) => change({ name: event.currentTarget.value })} />
          <Select
            label={t("admin.queue.hours")}
            description={t("admin.queue.hoursHelp")}
            data={Object.keys(document.hours)}
            value={queue.hours === "" ? null : queue.hours}
            placeholder={t("admin.queue.alwaysOpen")}
            clearable
            clearButtonProps={{ "aria-label": t("admin.clear") }}
            error={wrong("hours")}
            onChange={(hours) => change({ hours: hours ?? "" })}
          />
        </div>
      </section>
      <section className={classes.card}>
        <h3>{t("admin.queue.who")}</h3>
        <LevelsEditor
          label={t("admin.queue.requirements")}
          levels={queue.requirements}
          skills={document.skills}
          problems={problems}
          path={["queues", id, "requirements"]}
          none={t("admin.queue.asksNothing")}
          change={(requirements) => change({ requirements })}
        />
        <TextInput
          label={t("admin.queue.condition")}
          description={t("admin.queue.conditionHelp")}
          classNames={{ input: classes.code ?? "" }}
          value={queue.condition}
          error={wrong("condition")}
          onChange={(event) => change({ condition: event.currentTarget.value })}
        />
        <Select
          label={t("admin.queue.strategy")}
          data={STRATEGIES.map((name) => ({ value: name, label: t(`admin.strategy.${name}`) }))}
          value={queue.strategy}
          allowDeselect={false}
          onChange={(strategy) => strategy !== null && change({ strategy: strategy })}
        />
      </section>
      <StepsEditor id={id} queue={queue} document={document} problems={problems} change={(steps) => change({ steps })} />
      <section className={classes.card}>
        <h3>{t("admin.queue.limits")}</h3>
        <div className={classes.numbers}>
          {[...TIMES, ...COUNTS].map((field) => (
            <NumberInput
              key={field}
              label={t(`admin.queue.${field}`)}
              suffix={field.endsWith("_s") ? " s" : field.endsWith("_days") ? ` ${t("admin.days")}` : ""}
              value={queue[field]}
              hideControls
              error={wrong(field)}
              onChange={(value) => typeof value === "number" && change({ [field]: value })}
            />
          ))}
        </div>
      </section>
      <AttentionFields id={id} own={queue.attention} usual={document.attention} problems={problems} change={(attention) => change({ attention })} />
    </section>
  );
}
