import { Tooltip } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { hangUpCall, holdCall } from "../api/actions";
import type { Call } from "../api/live";
import { useAudio, useAudioView } from "../audio-port/AudioProvider";
import { KeyButton } from "../common/KeyButton";
import { Why } from "../common/Why";
import { useShortcuts } from "../common/useShortcuts";
import { clock } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { useNow } from "../live/useNow";
import { WithYou } from "../supervision/WithYou";
import classes from "./Conversation.module.css";
import { Keypad } from "./Keypad";

const ICON = { size: 16, stroke: 1.6 } as const;

/** Who it is and the controls of the talk: every button has its place, in every state of the call. */
export function CallBar({ call }: { call: Call }) {
  const { t } = useTranslation();
  const audio = useAudio();
  const muted = useAudioView((view) => view.muted);
  const queue = useLive((state) => (call.queue_id === null ? undefined : state.queues[call.queue_id]));
  const hold = useMutation({ mutationFn: (held: boolean) => holdCall(call.call_id, held) });
  const end = useMutation({ mutationFn: () => hangUpCall(call.call_id) });
  const dials = call.state === "dialling";
  const over = call.state !== "talking" && call.state !== "held";
  const held = call.state === "held";
  const reason = dials ? t("call.notYet") : over ? t("call.over") : undefined;
  const decision = useLive((state) => (call.work_id === null ? undefined : state.work_items[call.work_id]?.decision));

  const mute = useCallback(() => audio.setMuted(!audio.current().muted), [audio]);
  const { mutate: setHeld } = hold;
  const { mutate: hangUp, isPending: ending } = end;
  const toggleHold = useCallback(() => setHeld(!held), [setHeld, held]);
  const endCall = useCallback(() => !ending && hangUp(), [ending, hangUp]);
  useShortcuts(useMemo(() => (dials ? { e: endCall } : over ? {} : { m: mute, h: toggleHold, e: endCall }), [dials, over, mute, toggleHold, endCall]));

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
        <CallClock call={call} />
        {!over && <Recording call={call} />}
        <KeyButton label={t("call.hangUp")} shortcut="E" tone="danger" onClick={endCall} disabled={(over && !dials) || ending} reason={reason} />
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
          label={held ? t("call.resume") : t("call.hold")}
          shortcut="H"
          icon={held ? <IconPlayerPlay {...ICON} /> : <IconPlayerPause {...ICON} />}
          pressed={held}
          onClick={toggleHold}
          disabled={over || hold.isPending}
          reason={reason}
        />
        <Keypad disabled={over || call.kind === "browser"} reason={call.kind === "browser" && !over ? t("call.keypadNot") : reason} />
        <div className={classes.space} />
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
      </div>
    </div>
  );
}

function CallClock({ call }: { call: Call }) {
  const from = call.connected_at ?? call.started_at;
  const time = useNow((now) => clock((call.ended_at ?? now) - from));
  return <span className={classes.clock}>{time}</span>;
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
