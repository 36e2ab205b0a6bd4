import { Button, NativeSelect, Popover } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { meanOpinionScore } from "../audio/quality";
import { useAudio, useAudioView } from "../audio-port/AudioProvider";
import { troubleOf } from "../audio-port/health";
import { Dot } from "../common/Dot";
import classes from "./Header.module.css";

/** One line that says whether I could be heard; opens to the meter, the choice of microphone, and what to do. */
export function AudioHealth() {
  const { t } = useTranslation();
  const view = useAudioView((audio) => audio);
  const trouble = troubleOf(view);
  const word = trouble ? t(`audio.${trouble}`) : view.muted ? t("audio.muted") : t("audio.ready");
  const mos = view.roundTripMs === null ? null : meanOpinionScore(view);
  return (
    <Popover position="bottom-start" width={320} trapFocus>
      <Popover.Target>
        <button type="button" className={classes.plain}>
          {trouble && trouble !== "starting" ? (
            <Dot colour="var(--pb-bad)" />
          ) : view.muted ? (
            <IconMicrophoneOff size={16} />
          ) : (
            <IconMicrophone size={16} />
          )}
          <span className="visually-hidden">{`${t("audio.title")}: `}</span>
          <span>{word}</span>
          {!trouble && <Meter />}
          {view.roundTripMs !== null && (
            <span className={classes.hideNarrow} aria-hidden="true">
              {t("audio.ms", { value: Math.round(view.roundTripMs) })}
              {mos !== null && ` · ${t("audio.mos", { value: mos.toFixed(1) })}`}
            </span>
          )}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <AudioPanel />
      </Popover.Dropdown>
    </Popover>
  );
}

/** Used in the popover and on the idle desk. */
export function AudioPanel() {
  const { t } = useTranslation();
  const audio = useAudio();
  const view = useAudioView((current) => current);
  const trouble = troubleOf(view);
  const mos = view.roundTripMs === null ? null : meanOpinionScore(view);
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
        value={view.microphoneId ?? ""}
        disabled={view.microphones.length === 0}
        data={[
          ...(view.microphones.some(({ id }) => id === view.microphoneId) ? [] : [{ value: "", label: t("audio.systemDefault") }]),
          ...view.microphones.map(({ id, label }) => ({ value: id, label })),
        ]}
        onChange={(event) => audio.chooseMicrophone(event.currentTarget.value)}
      />
      <div style={{ marginTop: 8 }}>
        <Meter wide />
      </div>
      <dl className={classes.facts}>
        <dt>{t("audio.roundTrip")}</dt>
        <dd>{view.roundTripMs === null ? "–" : t("audio.ms", { value: Math.round(view.roundTripMs) })}</dd>
        <dt>{t("audio.loss")}</dt>
        <dd>{view.roundTripMs === null ? "–" : `${(view.lossShare * 100).toFixed(1)} %`}</dd>
        <dt>{t("audio.quality")}</dt>
        <dd>{mos === null ? "–" : mos.toFixed(1)}</dd>
      </dl>
    </section>
  );
}

function Meter({ wide = false }: { wide?: boolean }) {
  const { t } = useTranslation();
  const level = useAudioView((view) => (view.muted ? 0 : view.level));
  return (
    <div
      className={`${classes.meter ?? ""} ${wide ? (classes.wide ?? "") : ""}`}
      role="meter"
      aria-label={t("audio.level")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(level * 100)}
    >
      <i style={{ transform: `scaleX(${Math.min(1, level)})` }} />
    </div>
  );
}
