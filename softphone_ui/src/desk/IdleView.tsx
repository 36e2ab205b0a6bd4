import { Button, Skeleton } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { setAgentState } from "../api/actions";
import type { Me } from "../api/live";
import { useAudioView } from "../audio-port/AudioProvider";
import { troubleOf, type Trouble } from "../audio-port/health";
import { unreachableWords } from "../common/unreachable";
import { reasonWords } from "../common/words";
import { clock, hourAndMinute } from "../format/time";
import { useLocale } from "../i18n";
import { AudioPanel } from "../header/AudioHealth";
import { useLive } from "../live/LiveProvider";
import { myAgent } from "../live/selectors";
import classes from "./Conversation.module.css";

/** Troubles that keep calls away until somebody does something; starting and reconnecting end by themselves. */
function stops(trouble: Trouble | null): trouble is Trouble {
  return trouble !== null && trouble !== "off" && trouble !== "starting" && trouble !== "reconnecting";
}

/** The same boxes, before anything is known. */
function Loading({ label }: { label: string }) {
  return (
    <div className={classes.idle} role="status" aria-label={label}>
      <div className={classes.idleBox}>
        <Skeleton height={116} />
        <Skeleton height={218} radius={12} />
        <Skeleton height={154} radius={12} />
        <Skeleton height={92} radius={12} />
      </div>
    </div>
  );
}

/** The agent was taken out of the configuration while the person is signed in. */
function NoLongerAgent() {
  const { t } = useTranslation();
  return (
    <div className={classes.idle}>
      <div className={classes.idleBox}>
        <div className={classes.idleHead} role="status">
          <h2>{t("idle.removed")}</h2>
          <p>{t("idle.removedHelp")}</p>
        </div>
      </div>
    </div>
  );
}

/** Between calls: am I available, could I be heard, and how to place the first call. */
export function IdleView({ me }: { me: Me }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const agent = useLive(myAgent);
  const trouble = useAudioView(troubleOf);
  const back = useMutation({ mutationFn: () => setAgentState("available") });
  const ready = useLive((state) => state.ready);
  if (agent === null) return ready ? <NoLongerAgent /> : <Loading label={t("app.loading")} />;
  const cannot = agent.state === "unreachable" || (agent.state === "available" && stops(trouble));
  const state = agent.state === "away" || agent.state === "signed_out" ? agent.state : "available";
  const missed = state === "away" && (agent.reason === "no_answer" || agent.reason === "no answer");
  return (
    <div className={classes.idle}>
      <div className={classes.idleBox}>
        <div className={classes.idleHead}>
          <h2>{cannot ? t("idle.unreachable") : missed ? t("idle.missed") : t(`idle.${state}`)}</h2>
          <p>
            {cannot ? (stops(trouble) ? t(`audio.${trouble}`) : unreachableWords(t, agent.reachable_reason)) : t(`idle.${state}Help`)}
            {state === "away" && !missed && agent.reason !== "" && ` (${reasonWords(t, agent.reason)})`}
            {state !== "available" && agent.by !== "" && ` ${t("state.setBy", { name: agent.by, time: hourAndMinute(agent.since, locale) })}`}
          </p>
          {state !== "available" && (
            <Button mt={16} loading={back.isPending} onClick={() => back.mutate()}>
              {t("idle.goAvailable")}
            </Button>
          )}
        </div>
        {trouble !== "off" && (
          <div className={classes.tile}>
            <h3>{t("audio.title")}</h3>
            <AudioPanel />
          </div>
        )}
        <div className={classes.tile}>
          <h3>{t("idle.tryIt")}</h3>
          <p>{t("idle.tryHelp")}</p>
          <Button variant="default" component="a" href={`/widget.html?number=1000&from=${encodeURIComponent(me.name)}`} target="_blank" rightSection={<IconExternalLink size={16} />}>
            {t("idle.callYourself")}
          </Button>
        </div>
        <div className={classes.tile}>
          <h3>{t("idle.today")}</h3>
          <div className={classes.numbers}>
            <b>{t("idle.handled", { count: agent.handled_today })}</b>
            <span className={classes.soft}>{agent.aht_s === null ? t("idle.noAverage") : t("idle.average", { clock: clock(agent.aht_s) })}</span>
          </div>
        </div>
      </div>
    </div>
  );
}
