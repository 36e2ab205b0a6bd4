import { ActionIcon, Button, NumberInput, SegmentedControl, Select, Switch, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Document, Problem, QueueRules, StepRules } from "../api/configuration";
import classes from "./Admin.module.css";
import { at, nextStep } from "./document";
import { LevelsEditor } from "./LevelsEditor";

interface Props {
  id: string;
  queue: QueueRules;
  document: Document;
  problems: readonly Problem[];
  change: (steps: StepRules[]) => void;
}

/** What changes while somebody waits, in order of time. */
export function StepsEditor({ id, queue, document, problems, change }: Props) {
  const { t } = useTranslation();
  const whole = at(problems, "queues", id, "steps");
  return (
    <section className={classes.card}>
      <h3>{t("admin.step.title")}</h3>
      <p className={classes.help}>{t("admin.step.help")}</p>
      {whole !== undefined && <p className={classes.wrong}>{whole}</p>}
      {queue.steps.length > 0 && (
        <ol className={classes.steps}>
          {queue.steps.map((step, index) => (
            <li key={index}>
              <StepEditor
                queueId={id}
                index={index}
                step={step}
                document={document}
                problems={problems}
                change={(part) => change(queue.steps.map((each, place) => (place === index ? { ...each, ...part } : each)))}
                remove={() => change(queue.steps.filter((_, place) => place !== index))}
              />
            </li>
          ))}
        </ol>
      )}
      <Button variant="default" className={classes.adder ?? ""} onClick={() => change([...queue.steps, nextStep(queue.steps)])}>
        {t("admin.step.add")}
      </Button>
    </section>
  );
}

interface StepProps {
  queueId: string;
  index: number;
  step: StepRules;
  document: Document;
  problems: readonly Problem[];
  change: (part: Partial<StepRules>) => void;
  remove: () => void;
}

function StepEditor({ queueId, index, step, document, problems, change, remove }: StepProps) {
  const { t } = useTranslation();
  const path = ["queues", queueId, "steps", index] as const;
  const others = Object.entries(document.queues).filter(([id]) => id !== queueId);
  const flows = step.overflow_to !== null;
  const whole = at(problems, ...path);
  const name = t("admin.step.number", { number: index + 1 });
  return (
    <fieldset className={classes.step} aria-label={name}>
      <div className={classes.stepHead}>
        <NumberInput
          label={t("admin.step.after")}
          suffix=" s"
          value={step.after_s}
          hideControls
          w={128}
          error={at(problems, ...path, "after_s")}
          onChange={(value) => typeof value === "number" && change({ after_s: value })}
        />
        <SegmentedControl
          aria-label={t("admin.step.what")}
          data={[
            { value: "ask", label: t("admin.step.ask") },
            { value: "overflow", label: t("admin.step.overflow"), disabled: others.length === 0 },
          ]}
          value={flows ? "overflow" : "ask"}
          onChange={(what) =>
            change(what === "ask" ? { overflow_to: null, requirements: {} } : { overflow_to: others[0]?.[0] ?? null, requirements: null, condition: null })
          }
        />
        <ActionIcon variant="subtle" color="gray" aria-label={t("admin.removeThis", { what: name })} onClick={remove}>
          <IconX size={16} />
        </ActionIcon>
      </div>
      {whole !== undefined && <p className={classes.wrong}>{whole}</p>}
      {flows ? (
        <Select
          label={t("admin.step.overflowTo")}
          data={others.map(([id, each]) => ({ value: id, label: each.name }))}
          value={step.overflow_to}
          allowDeselect={false}
          error={at(problems, ...path, "overflow_to")}
          onChange={(to) => change({ overflow_to: to })}
        />
      ) : (
        <>
          <Switch
            label={t("admin.step.otherSkills")}
            checked={step.requirements !== null}
            onChange={(event) => change({ requirements: event.currentTarget.checked ? {} : null })}
          />
          {step.requirements !== null && (
            <LevelsEditor
              label={t("admin.queue.requirements")}
              levels={step.requirements}
              skills={document.skills}
              problems={problems}
              path={[...path, "requirements"]}
              none={t("admin.queue.asksNothing")}
              change={(requirements) => change({ requirements })}
            />
          )}
          <Switch
            label={t("admin.step.otherCondition")}
            checked={step.condition !== null}
            onChange={(event) => change({ condition: event.currentTarget.checked ? "" : null })}
          />
          {step.condition !== null && (
            <TextInput
              aria-label={t("admin.queue.condition")}
              placeholder={t("admin.step.noCondition")}
              classNames={{ input: classes.code ?? "" }}
              value={step.condition}
              error={at(problems, ...path, "condition")}
              onChange={(event) => change({ condition: event.currentTarget.value })}
            />
          )}
        </>
      )}
    </fieldset>
  );
}
