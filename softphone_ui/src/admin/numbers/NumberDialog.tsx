import { Button, Modal, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../../api/client";
import { flowsQuery, type FlowSummary } from "../../api/flows";
import { addNumber, changeNumber, numbersQuery, removeNumber, type NumberContent, type NumberRule } from "../../api/numbers";
import { wholeMistakeWords } from "../../common/mistakeWords";
import { inWords, say } from "../../common/say";
import { languages } from "../../i18n";
import en from "../../i18n/en.json";
import classes from "./Numbers.module.css";

export interface Edited {
  /** Null: a new one. */
  rule: NumberRule | null;
  number: string;
  trunk: string;
}

interface Props {
  edited: Edited;
  /** Those that a number may lead to. */
  flows: readonly FlowSummary[];
  trunks: readonly string[];
  close: () => void;
}

/** One number: added, changed or removed. What does not fit stands at its field. */
export function NumberDialog({ edited, flows, trunks, close }: Props) {
  const { t } = useTranslation();
  const { rule } = edited;
  const [content, set] = useState<NumberContent>(rule ?? { number: edited.number, trunk: trunks.includes(edited.trunk) ? edited.trunk : "", flow_id: flows[0]?.flow_id ?? "", language: "en", label: "" });
  const change = (part: Partial<NumberContent>): void => set({ ...content, ...part });
  const { done, failed } = useAfter(close);
  const save = useMutation({
    mutationFn: () => (rule === null ? addNumber(fields(content)) : changeNumber(rule, fields(content))),
    meta: { silent: true },
    onSuccess: () => done(t("numbers.saved")),
    onError: failed,
  });
  const wrong = useWrong(save.error);
  return (
    <Modal opened onClose={close} title={rule === null ? t("numbers.add") : t("numbers.edit", { number: rule.number })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form
        className={classes.dialog}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput label={t("numbers.number")} description={t("numbers.numberHelp")} value={content.number} maxLength={64} error={wrong.number} onChange={(event) => change({ number: event.currentTarget.value })} data-autofocus />
        <Select
          label={t("numbers.flow")}
          data={flows.map((flow) => ({ value: flow.flow_id, label: flow.name }))}
          value={content.flow_id}
          allowDeselect={false}
          searchable
          error={wrong.flow_id}
          onChange={(flow) => change({ flow_id: flow ?? content.flow_id })}
        />
        <div className={classes.pair}>
          <Select
            label={t("numbers.language")}
            data={Object.entries({ [content.language]: content.language, ...languages }).map(([value, label]) => ({ value, label }))}
            value={content.language}
            allowDeselect={false}
            error={wrong.language}
            onChange={(language) => change({ language: language ?? content.language })}
          />
          <Select
            label={t("numbers.trunk")}
            data={[{ value: "", label: t("numbers.anyTrunk") }, ...trunks.map((name) => ({ value: name, label: name }))]}
            value={content.trunk}
            allowDeselect={false}
            error={wrong.trunk}
            onChange={(trunk) => change({ trunk: trunk ?? "" })}
          />
        </div>
        <TextInput label={t("numbers.label")} description={t("numbers.labelHelp")} value={content.label} maxLength={200} onChange={(event) => change({ label: event.currentTarget.value })} />
        {wrong.other !== undefined && (
          <p role="alert" className={classes.refused}>
            {wrong.other}
          </p>
        )}
        <div className={classes.buttons}>
          {rule !== null && <Remove rule={rule} done={done} failed={failed} />}
          <Button variant="default" onClick={close}>
            {t("admin.cancel")}
          </Button>
          <Button type="submit" disabled={content.number.trim() === "" || content.flow_id === ""} loading={save.isPending}>
            {t("numbers.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function fields({ number, trunk, flow_id, language, label }: NumberContent): NumberContent {
  return { number: number.trim(), trunk, flow_id, language: language.trim(), label };
}

/** What follows from saving and from being overtaken: both lists are read again. */
function useAfter(close: () => void): { done: (words: string) => void; failed: (error: Error) => void } {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refresh = (): void => {
    void queries.invalidateQueries({ queryKey: numbersQuery.queryKey });
    void queries.invalidateQueries({ queryKey: flowsQuery.queryKey });
  };
  return {
    done: (words) => {
      refresh();
      say.note(words);
      close();
    },
    failed: (error) => {
      if (!(error instanceof ApiError) || (error.status !== 412 && error.status !== 404)) return;
      refresh();
      say.note(t("numbers.changedSince"));
      close();
    },
  };
}

type Wrong = Partial<Record<"number" | "flow_id" | "language" | "trunk" | "other", string>>;

/** The server's refusal at the fields it is about. */
function useWrong(error: Error | null): Wrong {
  const { t } = useTranslation();
  if (error === null) return {};
  const known = error instanceof ApiError ? error.violations.filter(({ code }) => code in en.mistakes.of) : [];
  if (known.length === 0) return { other: inWords(error) };
  return Object.fromEntries(known.map((one) => [one.place, wholeMistakeWords(t, { ...one, sentence: error.message })]));
}

function Remove({ rule, done, failed }: { rule: NumberRule; done: (words: string) => void; failed: (error: Error) => void }) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  const remove = useMutation({ mutationFn: () => removeNumber(rule), onSuccess: () => done(t("numbers.removed")), onError: failed });
  return (
    <>
      <Button variant="subtle" color="red" className={classes.left} onClick={() => ask(true)}>
        {t("numbers.remove")}
      </Button>
      <Modal opened={asking} onClose={() => ask(false)} title={t("numbers.removeTitle", { number: rule.number })} closeButtonProps={{ "aria-label": t("app.close") }}>
        <div className={classes.dialog}>
          <p className={classes.help}>{t("numbers.removeHelp")}</p>
          <div className={classes.buttons}>
            <Button variant="default" onClick={() => ask(false)}>
              {t("admin.cancel")}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()} data-autofocus>
              {t("numbers.remove")}
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
