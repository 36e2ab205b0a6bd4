import { IconArmchair } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Queue, Work } from "../api/live";
import { ChannelIcon } from "../common/ChannelIcon";
import { asked, ruleWords } from "../common/decision";
import { waitRange } from "../common/expected";
import { LaterDialog } from "../common/LaterDialog";
import { Notice } from "../common/Notice";
import { Why } from "../common/Why";
import { listed } from "../common/listed";
import { clockOfDay, exact, hourAndMinute, sameDay } from "../format/time";
import { useLocale } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { laterOnes, linesByName } from "../live/selectors";
import { useNow } from "../live/useNow";
import { useRunning, useWaitTone } from "../live/useRunning";
import classes from "./Board.module.css";
import { WorkDialog } from "./WorkDialog";

/** Of each queue; a line of thousands is counted, not listed. */
const SHOWN = 100;

/** Everybody who waits, queue by queue in the order they will be served; each can be moved, raised or taken out. */
export function WaitingCard() {
  const { t } = useTranslation();
  const queues = useLive((state) => state.queues);
  const lines = useLive((state) => state.lines);
  const works = useLive((state) => state.work_items);
  const all = useMemo(() => linesByName(queues, lines, works), [queues, lines, works]);
  const filled = all.filter(({ waiting }) => waiting.length > 0);
  const later = useMemo(() => laterOnes(works), [works]);
  const [openId, setOpenId] = useState<string | null>(null);
  const [laterId, setLaterId] = useState<string | null>(null);
  return (
    <section className={classes.card}>
      <h2>{t("board.waitingNow")}</h2>
      <div className={classes.line} tabIndex={0} role="region" aria-label={t("board.waitingNow")}>
        {filled.length === 0 && later.length === 0 ? (
          <Notice icon={<IconArmchair size={32} stroke={1.4} />} title={t("board.quiet")} text={t("board.quietHelp")} />
        ) : (
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t("board.place")}</th>
                <th scope="col" className={classes.start}>
                  {t("board.customer")}
                </th>
                <th scope="col">{t("board.waited")}</th>
                <th scope="col" className={classes.start}>
                  {t("board.asksFor")}
                </th>
                <th scope="col">{t("board.expectedLeft")}</th>
                <th scope="col">{t("board.priority")}</th>
                <th scope="col">
                  <span className="visually-hidden">{t("board.change")}</span>
                </th>
              </tr>
            </thead>
            {filled.map(({ queue, waiting }) => (
              <Lines key={queue.queue_id} queue={queue} waiting={waiting} open={setOpenId} />
            ))}
            {later.length > 0 && <Later works={later} open={setLaterId} />}
          </table>
        )}
      </div>
      <WorkDialog workId={openId} close={() => setOpenId(null)} />
      <LaterDialog workId={laterId} close={() => setLaterId(null)} />
    </section>
  );
}

function Lines({ queue, waiting, open }: { queue: Queue; waiting: readonly Work[]; open: (workId: string) => void }) {
  const { t } = useTranslation();
  const more = waiting.length - SHOWN;
  return (
    <tbody>
      <tr className={classes.group}>
        <th scope="rowgroup" colSpan={7}>
          {queue.name} · {waiting.length}
        </th>
      </tr>
      {waiting.slice(0, SHOWN).map((work, index) => (
        <Row key={work.work_id} work={work} place={index + 1} queue={queue} open={() => open(work.work_id)} />
      ))}
      {more > 0 && (
        <tr>
          <td colSpan={7}>{t("board.moreWait", { count: more })}</td>
        </tr>
      )}
    </tbody>
  );
}

/** Promised for a time, or tried in vain: they take their place when it comes. */
function Later({ works, open }: { works: readonly Work[]; open: (workId: string) => void }) {
  const { t } = useTranslation();
  return (
    <tbody>
      <tr className={classes.group}>
        <th scope="rowgroup" colSpan={7}>
          {t("board.later")} · {works.length}
        </th>
      </tr>
      {works.slice(0, SHOWN).map((work) => (
        <LaterRow key={work.work_id} work={work} open={() => open(work.work_id)} />
      ))}
    </tbody>
  );
}

function LaterRow({ work, open }: { work: Work; open: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => (sameDay(work.until, now) ? t("board.at", { time: hourAndMinute(work.until, locale) }) : clockOfDay(work.until, now, locale)));
  const name = work.customer_name || t("desk.unknownCaller");
  return (
    <tr>
      <td>–</td>
      <td className={`${classes.start ?? ""} ${classes.person ?? ""}`} title={name}>
        <span className={classes.who}>
          <ChannelIcon channel={work.channel} />
          <span className="visually-hidden">{t(`channel.${work.channel}`)}</span>
          <b>{name}</b>
        </span>
      </td>
      <td title={exact(work.until, locale)}>{when}</td>
      <td className={`${classes.start ?? ""} ${classes.words ?? ""}`}>{asked(work) || t("board.anybody")}</td>
      <td>–</td>
      <td>{work.priority}</td>
      <td>
        <button type="button" className={classes.small} onClick={open} aria-label={t("board.changeLater", { name })}>
          {t("board.change")}
        </button>
      </td>
    </tr>
  );
}

function Row({ work, place, queue, open }: { work: Work; place: number; queue: Queue; open: () => void }) {
  const { t } = useTranslation();
  const waited = useRunning(work.enqueued_at);
  const tone = useWaitTone(work.enqueued_at, queue.service_level_s);
  const left = useLive((state) => {
    const at = state.lines[queue.queue_id]?.places.find((each) => each.work_id === work.work_id);
    return at === undefined ? null : waitRange(at.expected_p50_s, at.expected_p90_s);
  });
  const name = work.customer_name || t("desk.unknownCaller");
  return (
    <tr>
      <td>{place}</td>
      <td className={`${classes.start ?? ""} ${classes.person ?? ""}`} title={name}>
        <span className={classes.who}>
          <ChannelIcon channel={work.channel} />
          <span className="visually-hidden">{t(`channel.${work.channel}`)}</span>
          <b>{name}</b>
          {work.state === "offered" && work.decision && <RingsAt work={work} />}
        </span>
      </td>
      <td className={tone === "calm" ? undefined : classes[tone]}>{waited}</td>
      <td className={`${classes.start ?? ""} ${classes.words ?? ""}`} title={work.relaxed ? t("decision.relaxed", { what: ruleWords(work.relaxed) }) : undefined}>
        {asked(work) || t("board.anybody")}
        {work.relaxed && <small> · {t("board.relaxed", { taken: work.steps_taken, steps: work.steps })}</small>}
      </td>
      <td>{left ?? "–"}</td>
      <td>{work.priority}</td>
      <td>
        <button type="button" className={classes.small} onClick={open} aria-label={t("board.changeFor", { name })}>
          {t("board.change")}
        </button>
      </td>
    </tr>
  );
}

/** Where it rings, and why there. */
function RingsAt({ work }: { work: Work }) {
  const { t } = useTranslation();
  const offers = useLive((state) => state.offers);
  const agents = useLive((state) => state.agents);
  const at = Object.values(offers).filter((offer) => offer.work_id === work.work_id);
  const names = at.map((offer) => agents[offer.agent_id]?.name ?? t("board.agent"));
  if (work.decision === null) return null;
  return <Why decision={work.decision} agentId={at[0]?.agent_id ?? null} label={t("board.ringsAt", { name: listed(names) })} />;
}
