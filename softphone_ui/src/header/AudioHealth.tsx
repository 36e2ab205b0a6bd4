import { Button, NativeSelect, Popover } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { meanOpinionScore } from "../audio/quality";
import { useAudio, useAudioView } from "../audio-port/AudioProvider";
import { troubleOf } from "../audio-port/health";
import type { AudioView } from "../audio-port/port";
import { Dot } from "../common/Dot";
import { drawMeter, type Bar } from "./drawMeters";
import classes from "./Header.module.css";

/** One line that says whether I could be heard; opens to the meter, the choice of microphone, and what to do. */
export function AudioHealth() {
  const { t } = useTranslation();
  const trouble = useAudioView(troubleOf);
  const muted = useAudioView((view) => view.muted);
  const word = trouble ? t(`audio.${trouble}`) : muted ? t("audio.muted") : t("audio.ready");
  return (
    <Popover position="bottom-start" width={320} trapFocus>
      <Popover.Target>
        <button type="button" className={classes.plain}>
          {trouble && trouble !== "starting" ? (
            <Dot colour="var(--pb-bad)" />
          ) : muted ? (
            <IconMicrophoneOff size={16} />
          ) : (
            <IconMicrophone size={16} />
          )}
          <span className="visually-hidden">{`${t("audio.title")}: `}</span>
          <span>{word}</span>
          {!trouble && <Meter />}
          <Line />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <AudioPanel />
      </Popover.Dropdown>
    </Popover>
  );
}

const roundTrip = (view: AudioView): number | null => (view.roundTripMs === null ? null : Math.round(view.roundTripMs));
const loss = (view: AudioView): string | null => (view.roundTripMs === null ? null : (view.lossShare * 100).toFixed(1));
const quality = (view: AudioView): string | null => (view.roundTripMs === null ? null : meanOpinionScore(view).toFixed(1));

/** Below this a listener is dissatisfied (ITU-T G.107 Annex B: R under 70 is an opinion score under 3.6). */
const POOR_MOS = 3.6;
const poor = (view: AudioView): string | null => {
  const score = view.roundTripMs === null ? null : meanOpinionScore(view);
  return score === null || score >= POOR_MOS ? null : score.toFixed(1);
};
const poorRoundTrip = (view: AudioView): number | null => (poor(view) === null ? null : roundTrip(view));

/** How the connection is, when it is poor: good figures are only in the way. */
function Line() {
  const { t } = useTranslation();
  const ms = useAudioView(poorRoundTrip);
  const mos = useAudioView(poor);
  if (mos === null || ms === null) return null;
  return (
    <span className={classes.poor}>
      {t("audio.poor")} · {t("audio.ms", { value: ms })} · {t("audio.mos", { value: mos })}
    </span>
  );
}

/** Used in the popover and on the idle desk. */
export function AudioPanel() {
  const { t } = useTranslation();
  const audio = useAudio();
  const trouble = useAudioView(troubleOf);
  const microphones = useAudioView((view) => view.microphones);
  const microphoneId = useAudioView((view) => view.microphoneId);
  return (
    <section aria-label={t("audio.title")}>
      {trouble && trouble !== "starting" && trouble !== "off" && trouble !== "reconnecting" && (
        <div className={classes.help} role="status">
          {t(`audio.help.${trouble}`)}
          <div>
            <Button mt={8} size="xs" variant="default" onClick={() => (trouble === "suspended" ? audio.resume() : audio.retry())}>
              {trouble === "suspended" ? t("audio.resume") : trouble === "other_tab" ? t("audio.takeOver") : t("app.retry")}
            </Button>
          </div>
        </div>
      )}
      <NativeSelect
        label={t("audio.microphone")}
        value={microphoneId ?? ""}
        disabled={microphones.length === 0}
        data={[
          ...(microphones.some(({ id }) => id === microphoneId) ? [] : [{ value: "", label: t("audio.systemDefault") }]),
          ...microphones.map(({ id, label }) => ({ value: id, label })),
        ]}
        onChange={(event) => audio.chooseMicrophone(event.currentTarget.value)}
      />
      <div style={{ marginTop: 8 }}>
        <Meter wide />
      </div>
      <Facts />
    </section>
  );
}

function Facts() {
  const { t } = useTranslation();
  const ms = useAudioView(roundTrip);
  const lost = useAudioView(loss);
  const mos = useAudioView(quality);
  return (
    <dl className={classes.facts}>
      <dt>{t("audio.roundTrip")}</dt>
      <dd>{ms === null ? "–" : t("audio.ms", { value: ms })}</dd>
      <dt>{t("audio.loss")}</dt>
      <dd>{lost === null ? "–" : `${lost} %`}</dd>
      <dt>{t("audio.quality")}</dt>
      <dd>{mos ?? "–"}</dd>
    </dl>
  );
}

/** How loud I am. Drawn beside React (`drawMeters.ts`): what React renders here never changes, so it never writes over it. */
function Meter({ wide = false }: { wide?: boolean }) {
  const { t } = useTranslation();
  const audio = useAudio();
  const box = useRef<HTMLDivElement>(null);
  const fill = useRef<HTMLElement>(null);
  useEffect(() => {
    const bar: Bar = {
      draw: (level) => fill.current?.style.setProperty("transform", `scaleX(${level})`),
      announce: (level) => box.current?.setAttribute("aria-valuenow", String(Math.round(level * 100))),
    };
    return drawMeter(bar, () => (audio.current().muted ? 0 : audio.level()));
  }, [audio]);
  return (
    <div
      ref={box}
      className={`${classes.meter ?? ""} ${wide ? (classes.wide ?? "") : ""}`}
      role="meter"
      aria-label={t("audio.level")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <i ref={fill} style={{ transform: "scaleX(0)" }} />
    </div>
  );
}
