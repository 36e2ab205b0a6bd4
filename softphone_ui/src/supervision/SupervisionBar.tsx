import { IconEar, IconMessage2, IconUserPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useAudio, useAudioView } from "../audio-port/AudioProvider";
import { troubleOf, type Trouble } from "../audio-port/health";
import { callerWords } from "../common/words";
import { useLive } from "../live/LiveProvider";
import { pending, type Place } from "./supervision";
import classes from "./Supervision.module.css";
import { useSupervised, useSupervision } from "./SupervisionProvider";

const ICONS = { listen: IconEar, whisper: IconMessage2, join: IconUserPlus };
/** They pass by themselves. */
const PASSING = new Set<Trouble>(["off", "starting", "reconnecting"]);

/** On every page: whom I listen to, or what is in the way, and the way out. It takes the header's empty middle. */
export function SupervisionBar() {
  const supervision = useSupervision();
  const place = useSupervised((state) => state.wanted ?? state.now);
  const coming = useSupervised((state) => pending(state) !== null);
  const wanted = useSupervised((state) => state.wanted !== null);
  const heard = useAudioView(troubleOf);
  const trouble = wanted ? heard : null;
  const words = useWords(place, coming, trouble);
  const Symbol = place === null ? null : ICONS[place.mode];
  return (
    <div className={classes.middle} data-on={place !== null || undefined}>
      <div className={classes.bar} data-trouble={(trouble !== null && trouble !== "starting") || undefined} hidden={place === null}>
        {Symbol && <Symbol size={16} stroke={1.7} aria-hidden="true" />}
        <span role="status" className={classes.words} title={words}>
          {words}
        </span>
        {trouble !== null && !PASSING.has(trouble) && <WayOut trouble={trouble} />}
        {place !== null && place.mode !== "listen" && trouble === null && <Mute />}
        {place !== null && <Stop run={() => supervision?.end()} />}
      </div>
    </div>
  );
}

function useWords(place: Place | null, coming: boolean, trouble: Trouble | null): string {
  const { t } = useTranslation();
  const call = useLive((state) => (place === null ? undefined : state.calls[place.callId]));
  const agent = useLive((state) => (call === undefined || call.agent_id === null ? undefined : state.agents[call.agent_id]?.name));
  if (place === null) return "";
  if (trouble !== null) return t(`supervision.help.${trouble}`);
  if (coming) return t("supervision.connecting");
  const customer = callerWords(t, call?.customer_name, call?.caller);
  return agent === undefined ? t(`supervision.alone.${place.mode}`, { customer }) : t(`supervision.now.${place.mode}`, { customer, agent });
}

function WayOut({ trouble }: { trouble: Trouble }) {
  const { t } = useTranslation();
  const audio = useAudio();
  return (
    <button type="button" className={classes.act} onClick={() => (trouble === "suspended" ? audio.resume() : audio.retry())}>
      {trouble === "suspended" ? t("audio.resume") : trouble === "other_tab" ? t("audio.takeOver") : t("app.retry")}
    </button>
  );
}

/** Whoever is heard can be quiet for a moment without leaving. */
function Mute() {
  const { t } = useTranslation();
  const audio = useAudio();
  const muted = useAudioView((view) => view.muted);
  return (
    <button type="button" className={classes.act} aria-pressed={muted} onClick={() => audio.setMuted(!muted)}>
      {t(muted ? "supervision.unmute" : "supervision.mute")}
    </button>
  );
}

function Stop({ run }: { run: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={classes.act} onClick={run}>
      {t("supervision.stop")}
    </button>
  );
}
