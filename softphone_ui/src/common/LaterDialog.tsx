import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { rescheduleCallback } from "../api/actions";
import type { Work } from "../api/live";
import { exact, fieldValue, secondsOf } from "../format/time";
import { useLocale } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { useServerTime } from "../live/useNow";
import { asked } from "./decision";
import { WithdrawForm, WorkModal } from "./WorkModal";
import classes from "./WorkModal.module.css";

/** A callback that waits for its time: what is known of it, another time, and that nobody calls after all. */
export function LaterDialog({ workId, close }: { workId: string | null; close: () => void }) {
  const { t } = useTranslation();
  return (
    <WorkModal workId={workId} close={close}>
      {({ work, live }) => {
        const still = live?.state === "scheduled";
        return (
          <>
            <Facts work={work} still={still} />
            <NewTime key={work.until} work={work} disabled={!still} />
            <WithdrawForm
              workId={work.work_id}
              label={t("board.withdrawBecause")}
              description={t("board.withdrawHelp")}
              button={t("board.withdraw")}
              disabled={!still}
              done={close}
            />
          </>
        );
      }}
    </WorkModal>
  );
}

/** `still`: it waits for its time. */
function Facts({ work, still }: { work: Work; still: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const queue = useLive((state) => state.queues[work.queue_id]);
  return (
    <dl className={classes.facts}>
      <dt>{t("board.queue")}</dt>
      <dd>{queue?.name}</dd>
      <dt>{t("board.calledBackAt")}</dt>
      <dd>{still ? exact(work.until, locale) : t("board.waitsNoMore")}</dd>
      <dt>{t("board.asksFor")}</dt>
      <dd>{asked(work) || t("board.anybody")}</dd>
    </dl>
  );
}

function NewTime({ work, disabled }: { work: Work; disabled: boolean }) {
  const { t } = useTranslation();
  const serverTime = useServerTime();
  const [value, setValue] = useState(fieldValue(work.until));
  const [wrong, setWrong] = useState(false);
  const move = useMutation({ mutationFn: (at: number) => rescheduleCallback(work.work_id, at) });
  return (
    <form
      className={classes.action}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const at = secondsOf(value);
        const toCome = at > serverTime();
        setWrong(!toCome);
        if (toCome) move.mutate(at);
      }}
    >
      <TextInput
        type="datetime-local"
        label={t("board.newTime")}
        description={t("board.newTimeHelp")}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
        error={wrong ? t("wrapUp.callbackMissing") : undefined}
        disabled={disabled}
      />
      <Button type="submit" variant="default" disabled={disabled || value === "" || value === fieldValue(work.until)} loading={move.isPending}>
        {t("board.move")}
      </Button>
    </form>
  );
}
