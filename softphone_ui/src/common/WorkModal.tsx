import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { withdrawWork } from "../api/actions";
import type { Work } from "../api/live";
import { useLive } from "../live/LiveProvider";
import classes from "./WorkModal.module.css";

/** What a dialog about one piece of work shows: the work as it is, or as it last was when it is over. */
export interface Seen {
  work: Work;
  live: Work | undefined;
}

/** A dialog about one piece of work, under its customer's name. It stays where it is while the line moves, also when the work ends. */
export function WorkModal({ workId, close, children }: { workId: string | null; close: () => void; children: (seen: Seen) => ReactNode }) {
  const { t } = useTranslation();
  const live = useLive((state) => (workId === null ? undefined : state.work_items[workId]));
  const [last, setLast] = useState<Work | undefined>(undefined);
  if (live !== undefined && live !== last) setLast(live);
  const known = live ?? last;
  const work = known?.work_id === workId ? known : undefined;
  return (
    <Modal
      opened={work !== undefined}
      onClose={close}
      classNames={{ title: classes.title ?? "" }}
      title={work === undefined || work.customer_name === "" ? t("desk.unknownCaller") : work.customer_name}
      closeButtonProps={{ "aria-label": t("board.close") }}
      size={520}
    >
      {work && <div className={classes.dialog}>{children({ work, live })}</div>}
    </Modal>
  );
}

/** Ends the wait of a piece of work, which needs a reason. */
export function WithdrawForm(props: { workId: string; label: string; description: string; button: string; disabled: boolean; done: () => void }) {
  const { workId, label, description, button, disabled, done } = props;
  const [reason, setReason] = useState("");
  const withdraw = useMutation({ mutationFn: () => withdrawWork(workId, reason.trim()), onSuccess: done });
  return (
    <form
      className={classes.action}
      onSubmit={(event) => {
        event.preventDefault();
        withdraw.mutate();
      }}
    >
      <TextInput
        label={label}
        description={description}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={200}
        disabled={disabled}
      />
      <Button type="submit" color="red" variant="outline" disabled={disabled || reason.trim() === ""} loading={withdraw.isPending}>
        {button}
      </Button>
    </form>
  );
}
