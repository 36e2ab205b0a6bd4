import { ActionIcon, Button, MultiSelect, TagsInput, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { DispositionRules, Document, Problem } from "../api/configuration";
import { listed } from "../common/listed";
import { DISPOSITIONS } from "../desk/wrapUp";
import classes from "./Admin.module.css";
import { onDocument, type Editing } from "./configuration";
import { at, byName } from "./document";
import { Adder } from "./SkillsSection";

export const DispositionsPage = onDocument(DispositionsSection);

const plain = (name: string): DispositionRules => ({ name, below: [], queues: [] });

/** What agents choose as the outcome of a conversation: in this order, on one or two levels, everywhere or in some queues. */
function DispositionsSection({ document, problems, edit }: Editing) {
  const { t } = useTranslation();
  const all = document.dispositions;
  const put = (dispositions: DispositionRules[]): void => edit({ ...document, dispositions });
  const standard = DISPOSITIONS.map((code) => t(`wrapUp.dispositions.${code}`));
  const whole = at(problems, "dispositions");
  return (
    <div className={classes.wide}>
      <section className={classes.card} aria-label={t("admin.section.dispositions")}>
        <h2>{t("admin.section.dispositions")}</h2>
        <p className={classes.help}>{t("admin.disposition.help")}</p>
        {whole !== undefined && <p className={classes.wrong}>{whole}</p>}
        {all.length === 0 && (
          <div>
            <p className={classes.help}>{t("admin.disposition.standard", { list: listed(standard) })}</p>
            <Button variant="default" mt={8} onClick={() => put(standard.map(plain))}>
              {t("admin.disposition.start")}
            </Button>
          </div>
        )}
        <ol className={classes.steps}>
          {all.map((disposition, index) => (
            <Outcome
              key={index}
              index={index}
              last={index === all.length - 1}
              disposition={disposition}
              document={document}
              problems={problems}
              change={(part) => put(all.map((each, other) => (other === index ? { ...each, ...part } : each)))}
              remove={() => put(all.filter((_, other) => other !== index))}
              move={(by) => put(moved(all, index, by))}
            />
          ))}
        </ol>
        <Adder label={t("admin.disposition.new")} add={(name) => put([...all, plain(name)])} />
      </section>
    </div>
  );
}

function moved<T>(all: readonly T[], from: number, by: number): T[] {
  const others = all.filter((_, index) => index !== from);
  return [...others.slice(0, from + by), ...all.slice(from, from + 1), ...others.slice(from + by)];
}

interface OutcomeProps {
  index: number;
  last: boolean;
  disposition: DispositionRules;
  document: Document;
  problems: readonly Problem[];
  change: (part: Partial<DispositionRules>) => void;
  remove: () => void;
  move: (by: number) => void;
}

function Outcome({ index, last, disposition, document, problems, change, remove, move }: OutcomeProps) {
  const { t } = useTranslation();
  const { name, below, queues } = disposition;
  const wrong = (...path: (string | number)[]) => at(problems, "dispositions", index, ...path);
  const wrongIn = (part: "below" | "queues"): string | undefined => disposition[part].map((_, place) => wrong(part, place)).find((said) => said !== undefined) ?? wrong(part);
  return (
    <li className={classes.outcome}>
      <TextInput aria-label={t("admin.name")} value={name} error={wrong("name")} onChange={(event) => change({ name: event.currentTarget.value })} />
      <TagsInput
        aria-label={`${t("admin.disposition.below")}: ${name}`}
        placeholder={below.length === 0 ? t("admin.disposition.belowNone") : t("admin.disposition.belowHint")}
        value={below}
        error={wrongIn("below")}
        onChange={(next) => change({ below: next })}
      />
      <MultiSelect
        aria-label={`${t("admin.disposition.queues")}: ${name}`}
        placeholder={queues.length === 0 ? t("admin.disposition.everywhere") : ""}
        data={byName(document.queues).map(([value, queue]) => ({ value, label: queue.name }))}
        value={queues}
        error={wrongIn("queues")}
        onChange={(next) => change({ queues: next })}
      />
      <span className={classes.outcomeButtons}>
        <ActionIcon variant="subtle" color="gray" disabled={index === 0} aria-label={t("admin.disposition.up", { what: name })} onClick={() => move(-1)}>
          <IconArrowUp size={16} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" disabled={last} aria-label={t("admin.disposition.down", { what: name })} onClick={() => move(1)}>
          <IconArrowDown size={16} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" aria-label={t("admin.removeThis", { what: name })} onClick={remove}>
          <IconX size={16} />
        </ActionIcon>
      </span>
    </li>
  );
}
