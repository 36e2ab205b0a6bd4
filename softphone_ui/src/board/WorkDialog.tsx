import { Button, NumberInput, Select } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { moveWork, reprioritiseWork } from "../api/actions";
import type { Work } from "../api/live";
import { asked, ruleWords } from "../common/decision";
import { waitRange } from "../common/expected";
import { Record } from "../common/Why";
import { WithdrawForm, WorkModal } from "../common/WorkModal";
import classes from "../common/WorkModal.module.css";
import { useLive } from "../live/LiveProvider";
import { queuesByName } from "../live/selectors";
import { useRunning } from "../live/useRunning";

/** One piece of waiting work: what is known of it, and what a supervisor can do. */
export function WorkDialog({ workId, close }: { workId: string | null; close: () => void }) {
  const { t } = useTranslation();
  return (
    <WorkModal workId={workId} close={close}>
      {({ work, live }) => {
        const waits = live !== undefined && (live.state === "waiting" || live.state === "offered");
        return (
          <>
            <Facts work={work} waits={waits} />
            <Move key={`move ${work.queue_id}`} work={work} disabled={!waits} />
            <Priority key={`priority ${work.extra_priority}`} work={work} disabled={!waits} />
            <WithdrawForm
              workId={work.work_id}
              label={t("board.takeOutBecause")}
              description={t(work.call_id === null ? "board.takeOutHelp" : "board.takeOutCallHelp")}
              button={t("board.takeOut")}
              disabled={!waits}
              done={close}
            />
            {work.decision && <Decided work={work} />}
          </>
        );
      }}
    </WorkModal>
  );
}

function Facts({ work, waits }: { work: Work; waits: boolean }) {
  const { t } = useTranslation();
  const waited = useRunning(work.enqueued_at);
  const queue = useLive((state) => state.queues[work.queue_id]);
  const place = useLive((state) => state.lines[work.queue_id]?.places.findIndex((each) => each.work_id === work.work_id) ?? -1);
  const left = useLive((state) => state.lines[work.queue_id]?.places[place]);
  return (
    <dl className={classes.facts}>
      <dt>{t("board.queue")}</dt>
      <dd>{queue?.name}</dd>
      <dt>{t("board.place")}</dt>
      <dd>{!waits ? t("board.waitsNoMore") : place < 0 ? "–" : t("board.placeOf", { place: place + 1, count: queue?.waiting ?? place + 1 })}</dd>
      <dt>{t("board.waited")}</dt>
      <dd>{waits ? waited : "–"}</dd>
      <dt>{t("board.asksFor")}</dt>
      <dd>
        {asked(work) || t("board.anybody")}
        {work.relaxed && <small>{t("decision.relaxed", { what: ruleWords(work.relaxed) })}</small>}
      </dd>
      <dt>{t("board.expectedAtArrival")}</dt>
      <dd>{waitRange(work.expected_p50_s, work.expected_p90_s) ?? t("board.unknown")}</dd>
      <dt>{t("board.expectedLeft")}</dt>
      <dd>{(waits && left !== undefined ? waitRange(left.expected_p50_s, left.expected_p90_s) : null) ?? "–"}</dd>
    </dl>
  );
}

function Move({ work, disabled }: { work: Work; disabled: boolean }) {
  const { t } = useTranslation();
  const queues = useLive((state) => state.queues);
  const others = useMemo(
    () => queuesByName(queues).flatMap(({ queue_id, name }) => (queue_id === work.queue_id ? [] : [{ value: queue_id, label: name }])),
    [queues, work.queue_id],
  );
  const [to, setTo] = useState<string | null>(null);
  const move = useMutation({ mutationFn: (queueId: string) => moveWork(work.work_id, queueId) });
  return (
    <form
      className={classes.action}
      onSubmit={(event) => {
        event.preventDefault();
        if (to !== null) move.mutate(to);
      }}
    >
      <Select label={t("board.moveTo")} description={t("board.moveHelp")} data={others} value={to} onChange={setTo} disabled={disabled} comboboxProps={{ withinPortal: true }} />
      <Button type="submit" variant="default" disabled={disabled || to === null} loading={move.isPending}>
        {t("board.move")}
      </Button>
    </form>
  );
}

function Priority({ work, disabled }: { work: Work; disabled: boolean }) {
  const { t } = useTranslation();
  const ageing = useLive((state) => state.queues[work.queue_id]?.ageing_per_minute ?? 0);
  const [value, setValue] = useState<number | string>(work.extra_priority);
  const change = useMutation({ mutationFn: (points: number) => reprioritiseWork(work.work_id, points) });
  const wanted = typeof value === "number" ? value : null;
  const minutes = ageing > 0 ? Math.round(10 / ageing) / 10 : null;
  return (
    <form
      className={classes.action}
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== null) change.mutate(wanted);
      }}
    >
      <NumberInput
        label={t("board.extraPriority")}
        description={minutes === null ? t("board.strictPriority") : t("board.pointsHelp", { minutes })}
        value={value}
        onChange={setValue}
        min={-1000}
        max={1000}
        disabled={disabled}
      />
      <Button type="submit" variant="default" disabled={disabled || wanted === null || wanted === work.extra_priority} loading={change.isPending}>
        {t("board.setPriority")}
      </Button>
    </form>
  );
}

function Decided({ work }: { work: Work }) {
  const offer = useLive((state) => Object.values(state.offers).find((each) => each.work_id === work.work_id));
  return work.decision && <Record decision={work.decision} agentId={work.agent_id ?? offer?.agent_id ?? null} />;
}
