import { Tooltip } from "@mantine/core";
import { IconArrowForwardUp, IconMicrophone, IconMicrophoneOff, IconPlayerPause, IconPlayerPlay, IconSwitchHorizontal, IconUserQuestion } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { endConsultation, hangUpCall, talkWith } from "../api/actions";
import type { Call } from "../api/live";
import { useAudio, useAudioView } from "../audio-port/AudioProvider";
import { KeyButton } from "../common/KeyButton";
import { Why } from "../common/Why";
import { useShortcuts } from "../common/useShortcuts";
import { clock } from "../format/time";
import { useLive } from "../live/LiveProvider";
import type { Part } from "../live/selectors";
import { useNow } from "../live/useNow";
import { WithYou } from "../supervision/WithYou";
import classes from "./Conversation.module.css";
import { Keypad } from "./Keypad";
import { agentName, holdOf, isConsulting, peopleIn } from "./party";
import type { HandOn } from "./useHandOn";

const ICON = { size: 16, stroke: 1.6 } as const;
const HOLD_ICONS = { hold: IconPlayerPause, resume: IconPlayerPlay, swap: IconSwitchHorizontal };

interface Props {
  call: Call;
  /** What this agent does in the call. */
  part: Part;
  handOn: HandOn;
  /** With a colleague in the call hanging up asks first how. */
  askHowToEnd: () => void;
}

/** Who it is and the controls of the talk: every button has its place, in every state of the call. */
export function CallBar({ call, part, handOn, askHowToEnd }: Props) {
  const { t } = useTranslation();
  const audio = useAudio();
  const muted = useAudioView((view) => view.muted);
  const queue = useLive((state) => (call.queue_id === null ? undefined : state.queues[call.queue_id]));
  const people = peopleIn(call);
  const consulting = isConsulting(people);
  const helps = part === "colleague";
  const dials = part === "agent" && call.state === "dialling";
  const over = part === "wrap_up" || (call.state !== "talking" && call.state !== "held");
  const held = call.state === "held";
  const owner = agentName(call, call.agent_id);
  const reason = dials ? t("call.notYet") : over ? t("call.over") : helps ? t("party.notYours", { name: owner }) : undefined;
  const wish = holdOf(people);
  const word = helps || over ? "hold" : wish.word;
  const HoldIcon = HOLD_ICONS[word];
  const decision = useLive((state) => (call.work_id === null ? undefined : state.work_items[call.work_id]?.decision));

  const mute = useCallback(() => audio.setMuted(!audio.current().muted), [audio]);
  const { mutate: talk, isPending: holding } = useMutation({ mutationFn: (parties: readonly string[]) => talkWith(call.call_id, parties) });
  const { mutate: hangUp, isPending: ending } = useMutation({ mutationFn: () => (helps ? endConsultation(call.call_id) : hangUpCall(call.call_id)) });
  const toggleHold = useCallback(() => talk(wish.parties), [talk, wish.parties]);
  const endCall = useCallback(() => (consulting && !helps ? askHowToEnd() : !ending && hangUp()), [ending, hangUp, consulting, helps, askHowToEnd]);
  const { toggle, consultButton, transferButton } = handOn;
  const mayAsk = !over && !helps && !consulting;
  const whyNotAsk = reason ?? (consulting ? t("party.consulting") : undefined);
  const [consult, transfer] = useMemo(() => [() => toggle("consult"), () => toggle("transfer")], [toggle]);
  useShortcuts(
    useMemo(() => {
      if (over) return dials ? { e: endCall } : {};
      return helps ? { m: mute, e: endCall } : { m: mute, h: toggleHold, e: endCall, ...(mayAsk ? { c: consult, t: transfer } : {}) };
    }, [dials, over, helps, mayAsk, mute, toggleHold, endCall, consult, transfer]),
  );

  return (
    <div>
      <div className={classes.bar}>
        <div className={classes.who}>
          <div className={classes.first}>
            <h2 className={classes.name}>{call.customer_name || t("desk.unknownCaller")}</h2>
            <WithYou call={call} />
          </div>
          <div className={classes.line}>
            {[call.outbound ? t("channel.callback") : null, call.caller, queue?.name].filter(Boolean).join(" · ")}
            {decision && " · "}
            {decision && <Why decision={decision} agentId={call.agent_id} label={t("offer.whyMe")} />}
          </div>
        </div>
        <div className={classes.said} role="status">
          {held && !over ? (
            <Tooltip label={t("call.heldHelp")}>
              <span>{t("call.onHold")}</span>
            </Tooltip>
          ) : muted && !over ? (
            <Tooltip label={t("call.mutedHelp")}>
              <span>{t("audio.muted")}</span>
            </Tooltip>
          ) : null}
        </div>
        {part === "wrap_up" ? <GoesOn call={call} /> : <CallClock call={call} />}
        {!over && <Recording call={call} />}
        <KeyButton
          label={helps ? t("party.leave") : t("call.hangUp")}
          shortcut="E"
          tone="danger"
          onClick={endCall}
          disabled={(over && !dials) || ending}
          reason={dials ? t("call.notYet") : over ? t("call.over") : undefined}
        />
      </div>
      <div className={classes.tools} role="toolbar" aria-label={t("call.tools")}>
        <KeyButton
          width={126}
          label={muted ? t("call.unmute") : t("call.mute")}
          shortcut="M"
          icon={muted ? <IconMicrophoneOff {...ICON} /> : <IconMicrophone {...ICON} />}
          pressed={muted && !over}
          onClick={mute}
          disabled={over}
          reason={reason}
        />
        <KeyButton
          width={126}
          label={word === "swap" ? t("party.swap") : t(`call.${word}`)}
          shortcut="H"
          icon={<HoldIcon {...ICON} />}
          pressed={held && !over && !helps}
          onClick={toggleHold}
          disabled={over || helps || holding}
          reason={reason}
        />
        <KeyButton
          ref={consultButton}
          label={t("handOn.consult")}
          shortcut="C"
          icon={<IconUserQuestion {...ICON} />}
          pressed={handOn.way === "consult"}
          aria-expanded={handOn.way === "consult"}
          onClick={consult}
          disabled={!mayAsk}
          reason={whyNotAsk}
        />
        <KeyButton
          ref={transferButton}
          label={t("handOn.transfer")}
          shortcut="T"
          icon={<IconArrowForwardUp {...ICON} />}
          pressed={handOn.way === "transfer"}
          aria-expanded={handOn.way === "transfer"}
          onClick={transfer}
          disabled={!mayAsk}
          reason={whyNotAsk}
        />
        <Keypad disabled={over || helps || call.kind === "browser"} reason={call.kind === "browser" && !over ? t("call.keypadNot") : reason} />
      </div>
    </div>
  );
}

function CallClock({ call }: { call: Call }) {
  const from = call.connected_at ?? call.started_at;
  const time = useNow((now) => clock((call.ended_at ?? now) - from));
  return <span className={classes.clock}>{time}</span>;
}

/** For whoever has left: what became of the caller. */
function GoesOn({ call }: { call: Call }) {
  const { t } = useTranslation();
  const queue = useLive((state) => (call.queue_id === null ? undefined : state.queues[call.queue_id]?.name)) ?? "";
  if (call.ended_at !== null) return <CallClock call={call} />;
  const name = agentName(call, call.agent_id);
  return <span className={classes.goesOn}>{name === "" ? t("party.goesOn.waits", { queue }) : t("party.goesOn.with", { name })}</span>;
}

function Recording({ call }: { call: Call }) {
  const { t } = useTranslation();
  const words = { on: t("call.recording"), failed: t("call.recordingFailed"), off: t("call.recordingOff") };
  return (
    <span className={classes.recording} data-state={call.recording}>
      <i aria-hidden="true" />
      {words[call.recording]}
    </span>
  );
}
