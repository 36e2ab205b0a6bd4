import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { rescheduleCallback, withdrawWork } from "../api/actions";
import type { Work } from "../api/live";
import { exact, fieldValue, secondsOf } from "../format/time";
import { useLocale } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { useServerTime } from "../live/useNow";
import { asked } from "./decision";
import classes from "./WorkDialog.module.css";

/** A callback that waits for its time: what is known of it, another time, and that nobody calls after all. */
export function LaterDialog({ workId, close }: { workId: string | null; close: () => void }) {
  const { t } = useTranslation();
  const live = useLive((state) => (workId === null ? undefined : state.work_items[workId]));
  const [last, setLast] = useState<Work | undefined>(undefined);
  if (live !== undefined && live !== last) setLast(live);
  const known = live ?? last;
  const work = known?.work_id === workId ? known : undefined;
  const still = live?.state === "scheduled";
  return (
    <Modal
      opened={work !== undefined}
      onClose={close}
      classNames={{ title: classes.title ?? "" }}
      title={work === undefined || work.customer_name === "" ? t("desk.unknownCaller") : work.customer_name}
      closeButtonProps={{ "aria-label": t("board.close") }}
      size={520}
    >
      {work && (
        <div className={classes.dialog}>
          <Facts work={work} still={still} />
          <NewTime key={work.until} work={work} disabled={!still} />
          <Withdraw work={work} disabled={!still} done={close} />
        </div>
      )}
    </Modal>
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

function Withdraw({ work, disabled, done }: { work: Work; disabled: boolean; done: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const withdraw = useMutation({ mutationFn: () => withdrawWork(work.work_id, reason.trim()), onSuccess: done });
  return (
    <form
      className={classes.action}
      onSubmit={(event) => {
        event.preventDefault();
        withdraw.mutate();
      }}
    >
      <TextInput
        label={t("board.withdrawBecause")}
        description={t("board.withdrawHelp")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={200}
        disabled={disabled}
      />
      <Button type="submit" color="red" variant="outline" disabled={disabled || reason.trim() === ""} loading={withdraw.isPending}>
        {t("board.withdraw")}
      </Button>
    </form>
  );
}
