import { ActionIcon, Slider } from "@mantine/core";
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useImperativeHandle, useRef, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";

import { refusalOf } from "../api/client";
import { clock } from "../format/time";
import { unheard, type Unheard } from "./unheard";
import classes from "./Calls.module.css";

export interface PlayerControl {
  playFrom: (ms: number) => void;
}

interface Props {
  control: Ref<PlayerControl>;
  /** Under `/api/v1`. */
  path: string;
  durationMs: number;
  onPosition: (ms: number) => void;
}

const SPEEDS = [1, 1.5, 2];

/** Plays a recording: play, position, speed. Loads nothing before somebody wants to hear; what may come later can be tried again. */
export function Player({ control, path, durationMs, onPosition }: Props) {
  const { t } = useTranslation();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState<Unheard | null>(null);
  const [position, setPosition] = useState(0);
  const [speed, setSpeed] = useState(1);

  const play = (): void => {
    if (failed !== null) audio.current?.load();
    setFailed(null);
    // A refused play is also told by the element's own error event; only that one is shown.
    audio.current?.play().catch(() => setPlaying(false));
  };
  const seek = (ms: number): void => {
    if (audio.current) audio.current.currentTime = ms / 1000;
    setPosition(ms);
  };
  useImperativeHandle(control, () => ({
    playFrom: (ms) => {
      seek(ms);
      play();
    },
  }));
  const refused = (): void => {
    setPlaying(false);
    void refusalOf(path).then((refusal) => setFailed(unheard(t, refusal)));
  };
  const moved = (): void => {
    const ms = (audio.current?.currentTime ?? 0) * 1000;
    setPosition(ms);
    onPosition(ms);
  };
  const nextSpeed = (): void => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  return (
    <section className={classes.player} aria-label={t("calls.recording")}>
      <audio
        ref={audio}
        src={`/api/v1${path}`}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
        onTimeUpdate={moved}
        onError={refused}
      />
      <ActionIcon
        size={36}
        radius="xl"
        aria-label={playing ? t("calls.pause") : t("calls.play")}
        disabled={failed?.forGood === true}
        onClick={() => (playing ? audio.current?.pause() : play())}
      >
        {playing ? <IconPlayerPauseFilled size={18} /> : <IconPlayerPlayFilled size={18} />}
      </ActionIcon>
      <Slider
        className={classes.slider}
        thumbLabel={t("calls.position")}
        thumbProps={{ "aria-valuetext": clock(position / 1000) }}
        min={0}
        max={Math.max(1, durationMs)}
        step={100}
        value={Math.min(position, durationMs)}
        onChange={seek}
        label={(ms) => clock(ms / 1000)}
        size={4}
        disabled={failed?.forGood === true}
      />
      <span className={classes.times}>
        {clock(position / 1000)} / {clock(durationMs / 1000)}
      </span>
      <button type="button" className={classes.speed} aria-label={`${t("calls.speed")}: ${speed}×`} onClick={nextSpeed}>
        {speed}×
      </button>
      {failed !== null && (
        <div className={classes.playerFailed} role="alert">
          {failed.words}
        </div>
      )}
    </section>
  );
}
