import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { Segment } from "../api/live";
import { spokenAt } from "../format/spoken";
import { timeOfDay } from "../format/time";
import classes from "./Said.module.css";

interface Props {
  segment: Segment;
  /** Of the call. */
  connectedAt: number | null;
  customer: string;
  /** How the agent is called; me, when it is my own talk. */
  agent?: string | undefined;
  /** A sentence of a record can be clicked to hear it. */
  onPlay?: (() => void) | undefined;
  playing?: boolean;
}

/** One utterance: customer left, agent right; while it is unfinished its words are grey. Drawn anew only when it changes itself. */
export const Said = memo(function Said({ segment, connectedAt, customer, agent, onPlay, playing = false }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const mine = segment.speaker === "agent";
  const who = mine ? (agent ?? t("transcript.you")) : (customer.split(" ")[0] ?? "") || t("customer.title");
  const when = segment.final ? timeOfDay(spokenAt(segment, connectedAt), locale) : t("transcript.now");
  const Box = onPlay ? "button" : "div";
  return (
    <Box
      className={classes.say}
      data-side={segment.speaker}
      data-playing={playing || undefined}
      {...(onPlay ? { type: "button" as const, onClick: onPlay } : {})}
    >
      <span className={classes.head}>
        {who} · {when}
        {segment.late && ` · ${t("transcript.lateMark")}`}
      </span>
      <span className={segment.final ? undefined : classes.partial}>
        {segment.text}
        {!segment.final && "…"}
      </span>
    </Box>
  );
});
