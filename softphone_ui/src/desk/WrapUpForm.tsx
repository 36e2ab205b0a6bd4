import { Button, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useHotkeys } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { finishWrapUp, type WrapUp } from "../api/actions";
import type { Call, Segment } from "../api/live";
import { say } from "../common/say";
import { countdown } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { useNow, useServerTime } from "../live/useNow";
import classes from "./Conversation.module.css";
import { summaryDraft } from "./draft";
import { forget, keep, kept } from "./keptDraft";
import { useOutcomes } from "./useOutcomes";
import { Outcomes } from "./Outcomes";
import { asFarAsWritten, emptyWrapUp, outcomeOf, problems, toRequest, type WrapUpDraft } from "./wrapUp";

const NONE: readonly Segment[] = [];
/** So long before the time is over what was written is sent: nothing that was typed is lost. */
const SEND_BEFORE_S = 2;

/** After the talk, in its place: how it ended, a summary drafted from the words, the next step. Ctrl Enter finishes. */
export function WrapUpForm({ call, queueId, wrapUp }: { call: Call; queueId: string | null; wrapUp: Call["wrap_ups"][number] }) {
  const { t } = useTranslation();
  const segments = useLive((state) => state.segments[call.call_id] ?? NONE);
  const serverTime = useServerTime();
  const workId = wrapUp.work_id;
  const outcomes = useOutcomes(queueId);
  const before = useState(() => kept(sessionStorage, workId))[0];
  const draft = summaryDraft(t, call.path, segments);
  const offered = useRef(draft);
  const form = useForm<WrapUpDraft>({
    initialValues: firstValues(),
    // A draft that nobody has touched is made anew, in the language of then.
    onValuesChange: (values) => keep(sessionStorage, workId, values.summary === offered.current ? { ...values, summary: "" } : values),
    validate: (values) => Object.fromEntries(Object.entries(problems(values, serverTime())).map(([field, key]) => [field, t(`wrapUp.${key}`)])),
  });
  const finish = useMutation({
    mutationFn: (request: WrapUp) => finishWrapUp(workId, request),
    onSuccess: () => {
      forget(sessionStorage, workId);
      say.note(t(call.customer_id === null ? "wrapUp.savedUnfiled" : "wrapUp.saved"));
    },
  });
  const written = before !== null || form.isDirty();
  const { mutate, isIdle } = finish;
  const ending = useNow((now) => wrapUp.until !== null && now > wrapUp.until - SEND_BEFORE_S);
  const { getValues } = form;
  useEffect(() => {
    if (ending && written && isIdle) mutate(toRequest(asFarAsWritten(getValues(), serverTime())));
  }, [ending, written, isIdle, mutate, getValues, serverTime]);
  const submit = form.onSubmit((values) => {
    if (!finish.isPending) mutate(toRequest(values));
  });
  useHotkeys([["mod+Enter", () => submit()]], []);
  const { setFieldValue } = form;
  const choose = useCallback((value: string | null) => setFieldValue("disposition", value), [setFieldValue]);
  const drafted = (before === null || before.summary === "") && form.values.summary !== "" && !form.isDirty("summary");
  const { getInitialValues, setInitialValues } = form;
  useEffect(() => {
    if (getValues().summary !== offered.current || draft === offered.current) return;
    offered.current = draft;
    setInitialValues({ ...getInitialValues(), summary: draft });
    setFieldValue("summary", draft);
  }, [draft, getValues, getInitialValues, setInitialValues, setFieldValue]);
  return (
    <div className={classes.wrap}>
      <form className={classes.form} onSubmit={submit} aria-label={t("wrapUp.title")}>
        <div className={classes.formHead}>
          <h3>{t("wrapUp.title")}</h3>
          <TimeLeft until={wrapUp.until} written={written} />
        </div>
        <Outcomes offered={outcomes} value={form.values.disposition} error={form.errors.disposition} choose={choose} />
        <Textarea
          label={t("wrapUp.summary")}
          description={drafted ? t("wrapUp.draft") : " "}
          autosize
          minRows={3}
          maxRows={8}
          {...form.getInputProps("summary")}
        />
        <div>
          <div id="next-step" style={{ marginBottom: 4, fontWeight: 500 }}>
            {t("wrapUp.nextStep")}
          </div>
          <SegmentedControl
            aria-labelledby="next-step"
            value={form.values.nextStep}
            onChange={(value) => form.setFieldValue("nextStep", value)}
            data={(["none", "ticket", "callback"] as const).map((value) => ({ value, label: t(`wrapUp.${value}`) }))}
          />
        </div>
        <div className={classes.extra}>
          {form.values.nextStep === "ticket" && <TextInput label={t("wrapUp.ticketSubject")} data-autofocus {...form.getInputProps("ticketSubject")} />}
          {form.values.nextStep === "callback" && (
            <TextInput type="datetime-local" label={t("wrapUp.callbackAt")} maw={260} {...form.getInputProps("callbackAt")} />
          )}
        </div>
        <div className={classes.foot}>
          <Button type="submit" loading={finish.isPending}>
            {t("wrapUp.finish")}
          </Button>
          <kbd className={classes.key}>{t("wrapUp.finishHint")}</kbd>
        </div>
      </form>
    </div>
  );

  /** The notes of the call are its summary; without any, the customer's first words are the draft of one. */
  function firstValues(): WrapUpDraft {
    const notes = before ?? emptyWrapUp("");
    const disposition = outcomeOf(outcomes, notes.disposition) === undefined ? null : notes.disposition;
    return { ...notes, disposition, summary: notes.summary.trim() === "" ? draft : notes.summary };
  }
}

/** What remains, and what happens then. */
function TimeLeft({ until, written }: { until: number | null; written: boolean }) {
  const { t } = useTranslation();
  const left = useNow((now) => (until === null || now >= until ? null : countdown(until - now)));
  const late = useNow((now) => until !== null && until - now < 10);
  if (until === null) return <span className={classes.left}>{t("wrapUp.noLimit")}</span>;
  return (
    <span className={classes.left} data-late={late} role="timer">
      {left === null ? t("wrapUp.over") : t(written ? "wrapUp.leftThenSaved" : "wrapUp.left", { clock: left })}
    </span>
  );
}
