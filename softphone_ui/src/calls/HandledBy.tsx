import { useTranslation } from "react-i18next";

import type { Engagement } from "../api/live";
import { hourAndMinute } from "../format/time";
import { useLocale } from "../i18n";
import { howWords } from "./handled";
import classes from "./HandledBy.module.css";
import { dispositionWords } from "./words";

/** Who had a conversation and who was asked: a line each, in the order in which they came, with how it was handed on. */
export function HandledBy({ engagements, written = true }: { engagements: readonly Engagement[]; written?: boolean }) {
  return (
    <ol className={classes.lines}>
      {engagements.map((each) => (
        <li key={`${each.work_id} ${each.agent_id} ${each.stay} ${each.from_at}`}>
          <Line each={each} written={written} />
        </li>
      ))}
    </ol>
  );
}

function Line({ each, written }: { each: Engagement; written: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const time = (at: number): string => hourAndMinute(at, locale);
  const times = each.to_at === null ? t("calls.handled.since", { from: time(each.from_at) }) : t("calls.handled.fromTo", { from: time(each.from_at), to: time(each.to_at) });
  const how = howWords(t, each, time);
  const wrote = [dispositionWords(t, each.disposition), each.summary].filter(Boolean).join(" · ");
  return (
    <>
      <div className={classes.head}>
        <b>{each.agent_name || t("calls.agent")}</b>
        <span>{[each.queue_name, times].filter(Boolean).join(" · ")}</span>
      </div>
      {how !== "" && <div className={classes.how}>{how}</div>}
      {each.note !== "" && <div className={classes.words}>{t("calls.handled.noteOf", { note: each.note })}</div>}
      {written && wrote !== "" && <div className={classes.words}>{wrote}</div>}
    </>
  );
}
