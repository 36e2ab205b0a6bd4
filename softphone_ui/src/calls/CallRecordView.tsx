import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { CallRecord, Segment } from "../api/live";
import { recordingPath } from "../api/queries";
import { Link } from "../app/Link";
import { Said } from "../common/Said";
import { clock, exact } from "../format/time";
import { pathWords } from "../desk/path";
import { speakerOf } from "./handled";
import { HandledBy } from "./HandledBy";
import { Player, type PlayerControl } from "./Player";
import classes from "./Calls.module.css";
import { dispositionWords, endWords } from "./words";

/** One finished call: facts, recording, every sentence with its speaker. Clicking a sentence plays it. */
export function CallRecordView({ call, narrow }: { call: CallRecord; narrow: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const player = useRef<PlayerControl>(null);
  const [positionMs, setPositionMs] = useState<number | null>(null);
  const segments = call.segments ?? [];
  const talked = call.connected_at !== null && call.ended_at !== null ? clock(call.ended_at - call.connected_at) : null;
  const path = pathWords(t, call.path);
  const several = call.engagements.length > 1;
  const facts: [string, ReactNode][] = [
    several ? [t("calls.handled.agents"), <HandledBy key="by" engagements={call.engagements} />] : [t("calls.agent"), call.agent_name],
    [t("calls.talked"), talked ?? t("calls.notConnected")],
    [t("calls.ended"), [dispositionWords(t, call.disposition), endWords(t, call.cause)].filter(Boolean).join(" · ") || null],
    [t("calls.path"), path === "" ? null : path],
    [t("calls.summary"), several ? null : call.summary],
  ];
  return (
    <article className={classes.record} data-narrow={narrow}>
      {!narrow && (
        <header>
          <h2>
            {call.customer_id === null ? call.customer_name || call.caller : <Link href={`/customers/${call.customer_id}`}>{call.customer_name || call.caller}</Link>}
          </h2>
          <div className={classes.faint}>
            {[exact(call.started_at, locale), call.caller, t("calls.called", { number: call.called })].filter(Boolean).join(" · ")}
          </div>
        </header>
      )}
      <dl className={classes.facts}>
        {facts.map(([label, value]) =>
          value === null || value === "" ? null : (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {call.has_recording ? (
        <Player control={player} path={recordingPath(call.call_id)} durationMs={call.recording_ms} onPosition={setPositionMs} />
      ) : (
        <p className={classes.faint}>{t("calls.noRecording")}</p>
      )}
      <section aria-label={t("calls.transcript")}>
        <h3>{t("calls.transcript")}</h3>
        {segments.length === 0 && <p className={classes.faint}>{t("transcript.noWords")}</p>}
        {segments.length > 0 && call.has_recording && <p className={classes.faint}>{t("calls.heard")}</p>}
        <div className={classes.said}>
          {segments.map((segment) => (
            <Said
              key={`${segment.leg_id}/${segment.utterance}`}
              segment={segment}
              connectedAt={call.connected_at}
              customer={call.customer_name}
              agent={speakerOf(segment, call.connected_at, call.engagements, call.agent_name ?? t("calls.agent"))}
              playing={positionMs !== null && isAt(segment, positionMs)}
              onPlay={call.has_recording ? () => player.current?.playFrom(segment.start_ms) : undefined}
            />
          ))}
        </div>
      </section>
    </article>
  );
}

/** The recording begins when the call is connected, and so do the words' times. */
function isAt(segment: Segment, positionMs: number): boolean {
  return positionMs >= segment.start_ms && positionMs < segment.end_ms;
}
