import { Button, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CallerAnswer } from "../../api/flows";
import { answerFrom } from "./answer";
import classes from "./Flows.module.css";

interface Props {
  answers: readonly CallerAnswer[];
  change: (answers: CallerAnswer[]) => void;
  run: () => void;
}

/** What the caller does at each question: keys, words, silence, or hanging up. */
export function Answers({ answers, change, run }: Props) {
  const { t } = useTranslation();
  const [typed, type] = useState("");
  const add = (answer: CallerAnswer | null): void => {
    if (answer === null) return;
    change([...answers, answer]);
    type("");
  };
  return (
    <fieldset className={classes.answers}>
      <legend>{t("flows.sim.answers")}</legend>
      {answers.length > 0 && (
        <ol>
          {answers.map((answer, index) => (
            <li key={index}>
              <button type="button" aria-label={t("flows.sim.removeAnswer", { answer: words(answer, t) })} onClick={() => change(answers.filter((_one, at) => at !== index))}>
                {words(answer, t)}
                <IconX size={12} stroke={2} aria-hidden />
              </button>
            </li>
          ))}
        </ol>
      )}
      <TextInput
        size="xs"
        aria-label={t("flows.sim.next")}
        placeholder={t("flows.sim.next")}
        value={typed}
        maxLength={200}
        onChange={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
          event.preventDefault();
          if (event.ctrlKey || event.metaKey) run();
          else add(answerFrom(typed));
        }}
      />
      <Button size="compact-xs" variant="default" onClick={() => add(answerFrom(typed) ?? { kind: "silence" })}>
        {typed.trim() === "" ? t("flows.sim.silence") : t("flows.sim.add")}
      </Button>
      <Button size="compact-xs" variant="default" onClick={() => add({ kind: "hang_up" })}>
        {t("flows.sim.hangUp")}
      </Button>
    </fieldset>
  );
}

function words(answer: CallerAnswer, t: (key: "flows.sim.silence" | "flows.sim.hangUp") => string): string {
  if (answer.kind === "keys") return answer.keys;
  if (answer.kind === "phrase") return `“${answer.phrase}”`;
  return answer.kind === "silence" ? t("flows.sim.silence") : t("flows.sim.hangUp");
}
