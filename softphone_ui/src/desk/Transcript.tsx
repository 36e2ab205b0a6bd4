import { IconArrowDown } from "@tabler/icons-react";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { Call, Segment } from "../api/live";
import { Said } from "../common/Said";
import { clock, timeOfDay } from "../format/time";
import { useLive } from "../live/LiveProvider";
import classes from "./Conversation.module.css";
import { pathWords } from "./path";

const NONE: readonly Segment[] = [];
/** Within this distance of the foot the view follows the newest words. */
const STICK_PX = 48;

/**
 * What both sides say, as it is said: customer left, me right, unfinished words grey. Follows the foot unless scrolled away.
 * `agent` is the name of the agent when somebody else reads along.
 */
export function Transcript({ call, agent }: { call: Call; agent?: string | undefined }) {
  const { t } = useTranslation();
  const segments = useLive((state) => state.segments[call.call_id] ?? NONE);
  const box = useRef<HTMLDivElement>(null);
  const [atFoot, setAtFoot] = useState(true);
  const toFoot = useCallback(() => box.current?.scrollTo({ top: box.current.scrollHeight }), []);

  useLayoutEffect(() => {
    if (atFoot) toFoot();
  }, [segments, atFoot, toFoot]);
  useEffect(() => {
    const seen = new ResizeObserver(() => atFoot && toFoot());
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, [atFoot, toFoot]);

  const scrolled = (): void => {
    const at = box.current;
    if (!at) return;
    const near = at.scrollHeight - at.scrollTop - at.clientHeight < STICK_PX;
    // Following the foot scrolls with each word; that alone draws nothing.
    if (near !== atFoot) setAtFoot(near);
  };
  return (
    <div className={classes.talkFrame}>
      <div className={classes.talk} ref={box} onScroll={scrolled} tabIndex={0} role="region" aria-label={t("transcript.title")}>
        <CameHere call={call} agent={agent} />
        {segments.map((segment) => (
          <Said
            key={`${segment.leg_id}/${segment.utterance}`}
            segment={segment}
            connectedAt={call.connected_at}
            customer={call.customer_name}
            agent={agent}
          />
        ))}
        {segments.length === 0 && <p className={classes.hint}>{t(call.transcript === "live" ? "transcript.empty" : `transcript.${call.transcript}`)}</p>}
      </div>
      <LastFinal segments={segments} />
      {!atFoot && (
        <button type="button" className={classes.newest} onClick={() => setAtFoot(true)}>
          <IconArrowDown size={16} /> {t("transcript.newest")}
        </button>
      )}
    </div>
  );
}

/** The caller's way in one line: «10:41:07 · pressed 2 (billing) · waited 0:48 · you answered». */
function CameHere({ call, agent }: { call: Call; agent: string | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const waited = call.waiting_since !== null && call.connected_at !== null ? t("transcript.waited", { clock: clock(call.connected_at - call.waiting_since) }) : null;
  const parts = [timeOfDay(call.started_at, locale), pathWords(t, call.path), waited, call.connected_at === null ? null : agent === undefined ? t("transcript.youAnswered") : t("transcript.answered", { agent })];
  return <div className={classes.event}>{parts.filter(Boolean).join(" · ")}</div>;
}

/** Finished sentences of the customer are read out politely; partial words and my own are not. */
function LastFinal({ segments }: { segments: readonly Segment[] }) {
  const last = segments.findLast((segment) => segment.final && segment.speaker === "customer");
  return (
    <div className="visually-hidden" aria-live="polite">
      {last?.text}
    </div>
  );
}
