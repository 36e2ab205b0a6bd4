import { useLocalStorage } from "@mantine/hooks";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { Queue } from "../api/live";
import { Link } from "../app/Link";
import { waitRange } from "../common/expected";
import { percent } from "../format/numbers";
import { useLive } from "../live/LiveProvider";
import { queuesByName } from "../live/selectors";
import { rightlySaid, serviceTone } from "../live/tones";
import { useRunning, useWaitTone } from "../live/useRunning";
import { arrangedQueues, USUAL_QUEUES, type QueueColumn, type QueueView } from "./arranged";
import { useRevealed } from "./attention/reveal";
import classes from "./Board.module.css";
import { CardHead } from "./CardHead";
import { Sparkline } from "./Sparkline";
import { useHeldOrder } from "./useHeldOrder";

/** From so many on, quiet ones can be folded and all be filtered. */
const MANY = 7;

const COLUMNS: readonly { column: QueueColumn | null; words: HeadWords; help?: "saidHelp" }[] = [
  { column: "name", words: "queue" },
  { column: "waiting", words: "waiting" },
  { column: "oldest", words: "oldest" },
  { column: "expected", words: "expected" },
  { column: null, words: "said", help: "saidHelp" },
  { column: "serviceLevel", words: "serviceLevel" },
  { column: null, words: "last30" },
  { column: "available", words: "agents" },
  { column: "abandoned", words: "abandoned" },
];
type HeadWords = "queue" | "waiting" | "oldest" | "expected" | "said" | "serviceLevel" | "last30" | "agents" | "abandoned";

/** Every queue in one row, sorted by name or as the person likes. No row moves under the eye. */
export function QueuesCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.queues);
  const queues = useMemo(() => queuesByName(all), [all]);
  const mayAdminister = useLive((state) => state.me?.permissions.includes("administer") ?? false);
  const [view, setView] = useLocalStorage({ key: "patchbay.board.queues", defaultValue: USUAL_QUEUES, getInitialValueInEffect: false });
  const many = queues.length >= MANY;
  const looked = useMemo(() => (many ? view : { ...view, filter: "", folded: false }), [many, view]);
  const groups = useMemo(() => arrangedQueues([...queues], looked), [queues, looked]);
  const { shown, changed, update, inside } = useHeldOrder(groups, JSON.stringify(looked));
  useRevealed("queue:", () => setView({ ...view, filter: "", folded: false }));
  const [open, quiet] = shown;
  return (
    <section className={classes.card} {...inside}>
      <CardHead title={t("board.queues")} filter={many ? view.filter : null} label={t("board.filterQueues")} setFilter={(filter) => setView({ ...view, filter })} changed={changed} update={update} />
      {queues.length === 0 ? (
        <div className={classes.empty}>
          {t("board.noQueuesHelp")} {mayAdminister && <Link href="/admin/setup">{t("board.setUp")}</Link>}
        </div>
      ) : (
        <div className={`${classes.scroll ?? ""} ${classes.allQueues ?? ""}`} tabIndex={0} role="region" aria-label={t("board.queues")}>
          <table className={`${classes.table ?? ""} ${classes.queues ?? ""}`}>
            <thead>
              <tr>
                {COLUMNS.map(({ column, words, help }) => (
                  <Heading key={words} text={t(`board.${words}`)} title={help === undefined ? undefined : t(`board.${help}`)} column={column} view={view} setView={setView} />
                ))}
              </tr>
            </thead>
            <tbody>
              {open?.ids.map((id) => all[id] !== undefined && <Row key={id} queue={all[id]} />)}
              {open?.ids.length === 0 && quiet?.ids.length === 0 && (
                <tr>
                  <td colSpan={COLUMNS.length}>{t("board.noneMatches")}</td>
                </tr>
              )}
              {many && <Quiet count={queues.filter((queue) => queue.waiting === 0).length} folded={view.folded} fold={(folded) => setView({ ...view, folded })} />}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface HeadingProps {
  text: string;
  title: string | undefined;
  column: QueueColumn | null;
  view: QueueView;
  setView: (view: QueueView) => void;
}

/** Sorts by its column, the greatest first; again: the other way round. */
function Heading({ text, title, column, view, setView }: HeadingProps) {
  if (column === null) {
    return (
      <th scope="col" title={title}>
        {text}
      </th>
    );
  }
  const on = view.column === column;
  const down = on ? !view.down : column !== "name" && column !== "serviceLevel" && column !== "available";
  return (
    <th scope="col" title={title} aria-sort={on ? (view.down ? "descending" : "ascending") : undefined}>
      <button type="button" className={classes.sort} onClick={() => setView({ ...view, column, down })}>
        {text}
      </button>
    </th>
  );
}

/** The last line: those in which no one waits, shown or folded. */
function Quiet({ count, folded, fold }: { count: number; folded: boolean; fold: (folded: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <tr>
      <td colSpan={COLUMNS.length} className={classes.start}>
        <button type="button" className={classes.fold} aria-expanded={!folded} onClick={() => fold(!folded)}>
          {t(folded ? "board.quietFolded" : "board.foldQuiet", { count })}
        </button>
      </td>
    </tr>
  );
}

function Row({ queue }: { queue: Queue }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const waited = useRunning(queue.oldest_since);
  const tone = useWaitTone(queue.oldest_since, queue.service_level_s);
  return (
    <tr data-reveal={`queue:${queue.queue_id}`} tabIndex={-1}>
      <td>
        <b title={queue.name}>{queue.name}</b>
      </td>
      <td>{queue.waiting}</td>
      <td className={tone === "calm" ? undefined : classes[tone]}>{waited ?? "–"}</td>
      <td>{queue.expected_wait_s === 0 && queue.waiting === 0 ? t("board.none") : (waitRange(queue.expected_wait_s, queue.expected_p90_s) ?? "–")}</td>
      <td title={queue.estimate_error_s === null ? t("board.saidWaitNot") : t("board.estimateError", { seconds: Math.round(queue.estimate_error_s) })}>
        {queue.calibration === null ? "–" : <span className={rightlySaid(queue.calibration) ? undefined : classes.soon}>{percent(queue.calibration, locale, 0)}</span>}
      </td>
      <td>{queue.service_level === null ? "–" : <Level share={queue.service_level} />}</td>
      <td>
        <Sparkline values={queue.recent} hot={tone === "late"} label={t("board.recent", { most: Math.max(0, ...queue.recent) })} />
      </td>
      <td title={t("board.agentsExact", { available: queue.agents_available, busy: queue.agents_busy, wrapUp: queue.agents_wrap_up, unreachable: queue.agents_unreachable })}>
        {queue.agents_available} / {queue.agents_busy} / {queue.agents_wrap_up}
        {queue.agents_unreachable > 0 && <small className={classes.bad}> {t("board.unreachable", { count: queue.agents_unreachable })}</small>}
      </td>
      <td>{queue.offered === 0 ? "–" : percent(queue.abandoned / queue.offered, locale)}</td>
    </tr>
  );
}

function Level({ share }: { share: number }) {
  const locale = useLocale();
  return (
    <span className={classes.level}>
      <span className={classes.bar} aria-hidden="true">
        <i data-tone={serviceTone(share)} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={classes.share} data-tone={serviceTone(share)}>{percent(share, locale, 0)}</span>
    </span>
  );
}
