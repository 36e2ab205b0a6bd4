import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { Numbers } from "../api/live";
import { percent } from "../format/numbers";
import { useLive } from "../live/LiveProvider";
import { rightlySaid, serviceTone, type Tone } from "../live/tones";
import { useRunning, useWaitTone } from "../live/useRunning";
import classes from "./Board.module.css";

/** Six numbers. One that nothing measures yet says so; it does not pretend to be zero. */
export function NumbersRow() {
  const { t } = useTranslation();
  const locale = useLocale();
  const numbers = useLive((state) => state.numbers);
  if (numbers === null) return null;
  const today = numbers.service_level_today;
  const half = numbers.service_level_30m;
  const said = numbers.calibration_today;
  const none = t("board.noData");
  return (
    <section className={classes.numbers} aria-label={t("board.numbers")}>
      <Figure label={t("board.waiting")} value={String(numbers.waiting)} sub={t("board.talkingNow", { count: numbers.talking })} />
      <Oldest numbers={numbers} />
      <Figure
        label={t("board.serviceToday", { seconds: numbers.service_level_s })}
        value={today === null ? none : percent(today, locale)}
        none={today === null}
        tone={today === null ? "calm" : serviceTone(today)}
        sub={half === null ? t("board.noHalfHour") : t("board.lastHalfHour", { value: percent(half, locale) })}
      />
      <Figure
        label={t("board.abandoned")}
        value={numbers.offered_today === 0 ? none : percent(numbers.abandoned_today / numbers.offered_today, locale)}
        none={numbers.offered_today === 0}
        sub={
          numbers.offered_today === 0
            ? t("board.noCallsToday")
            : t("board.ofOffered", { abandoned: numbers.abandoned_today, offered: numbers.offered_today })
        }
      />
      <Figure
        label={t("board.saidWait")}
        value={said === null ? none : percent(said, locale)}
        none={said === null}
        tone={said === null || rightlySaid(said) ? "calm" : "soon"}
        sub={said === null ? t("board.saidWaitNot") : t("board.saidOf", { count: numbers.graded_today })}
      />
      <Figure label={t("board.mood")} value={none} none sub={t("board.moodNot")} />
    </section>
  );
}

/** The longest wait, running. */
function Oldest({ numbers }: { numbers: Numbers }) {
  const { t } = useTranslation();
  const { oldest_since: since, oldest_queue_id: queueId } = numbers;
  const queue = useLive((state) => (queueId === null ? undefined : state.queues[queueId]));
  const waited = useRunning(since);
  const tone = useWaitTone(since, queue?.service_level_s ?? numbers.service_level_s);
  return <Figure label={t("board.oldestWait")} value={waited ?? "–"} tone={tone} sub={waited === null ? t("board.nobodyWaits") : (queue?.name ?? "")} />;
}

function Figure({ label, value, sub, tone = "calm", none = false }: { label: string; value: string; sub: string; tone?: Tone; none?: boolean }) {
  return (
    <div className={classes.card}>
      <div className={classes.label} title={label}>
        {label}
      </div>
      <div className={classes.value} data-tone={tone} data-none={none || undefined}>
        {value}
      </div>
      <div className={classes.sub} title={sub}>
        {sub}
      </div>
    </div>
  );
}
