import { Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { setStateOf, type RequestedState } from "../api/actions";
import type { Agent, AgentStateName, Entry } from "../api/live";
import { Dot, stateColour } from "../common/Dot";
import { StateItems } from "../common/StateItems";
import { unreachableWords } from "../common/unreachable";
import { nextWords, reasonWords } from "../common/words";
import { percent } from "../format/numbers";
import { clock, hourAndMinute } from "../format/time";
import { useLocale } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { agentsByState } from "../live/selectors";
import { useNow } from "../live/useNow";
import { useRunning } from "../live/useRunning";
import classes from "./Board.module.css";

const STACKED: readonly AgentStateName[] = ["free", "offered", "busy", "wrap_up", "unreachable", "away"];

/** Who is signed in, by state, the longest in it first. */
export function AgentsCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.agents);
  const agents = useMemo(() => agentsByState(all), [all]);
  const count = (state: AgentStateName): number => agents.filter((agent) => agent.state === state).length;
  return (
    <section className={classes.card}>
      <h2>{t("board.agentsSignedIn", { count: agents.length })}</h2>
      {agents.length === 0 ? (
        <div className={classes.empty}>{t("board.noAgents")}</div>
      ) : (
        <>
          <div
            className={classes.stack}
            role="img"
            aria-label={t("board.share", { busy: count("busy"), wrapUp: count("wrap_up"), free: count("free") + count("offered"), unreachable: count("unreachable"), away: count("away") })}
          >
            {STACKED.map((state) => (
              <i key={state} style={{ width: `${(100 * count(state)) / agents.length}%`, background: stateColour(state) }} />
            ))}
          </div>
          <ul className={classes.agents}>
            {agents.map((agent) => (
              <Row key={agent.agent_id} agent={agent} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Row({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const since = useRunning(agent.since);
  const queue = useLive((state) => (agent.queue_id === null ? undefined : state.queues[agent.queue_id]));
  const overdue = useNow((now) => agent.state === "wrap_up" && agent.until !== null && now > agent.until);
  const cannot = agent.state === "unreachable";
  const notTaken = useLive((state) => notTakenWords(t, agent.agent_id, state.attention));
  const detail = agent.state === "away" && agent.reason ? reasonWords(t, agent.reason) : queue?.name;
  return (
    <li className={classes.agent} data-reveal={`agent:${agent.agent_id}`} tabIndex={-1}>
      <Dot state={agent.state} />
      <b>{agent.name}</b>
      <span className={overdue ? classes.late : undefined}>{since}</span>
      <span />
      <small
        className={cannot ? classes.bad : undefined}
        title={cannot ? unreachableWords(t, agent.reachable_reason) : agent.by !== "" ? t("state.setBy", { name: agent.by, time: hourAndMinute(agent.since, locale) }) : undefined}
      >
        {cannot ? t("board.cannotTake", { reason: unreachableWords(t, agent.reachable_reason) }) : [t(`state.${agent.state}`), detail, nextWords(t, agent), notTaken, planWords(t, agent, locale)].filter(Boolean).join(" · ")}
      </small>
      <small>{agent.aht_s === null ? "" : t("board.aht", { clock: clock(agent.aht_s) })}</small>
      <SetState agent={agent} />
    </li>
  );
}

/** «missed 2 rings», «declined 3 offers»: as long as that needs attention. */
function notTakenWords(t: TFunction, agentId: string, attention: Readonly<Record<string, Entry>>): string {
  return (["missed_rings", "declined"] as const)
    .flatMap((code) => {
      const entry = attention[`${code}:agent:${agentId}`];
      return entry === undefined ? [] : [t(`board.${code}`, { count: Number(entry.figures.times ?? 1) })];
    })
    .join(" · ");
}

/** «until 17:00 · 94% of plan»; nothing for whom no shift is planned today. */
function planWords(t: TFunction, agent: Agent, locale: string): string {
  const until = typeof agent.planned_until !== "number" ? null : t("board.plannedUntil", { time: hourAndMinute(agent.planned_until, locale) });
  const kept = typeof agent.adherence !== "number" ? null : t("board.adherence", { share: percent(agent.adherence, locale, 0) });
  return [until, kept].filter(Boolean).join(" · ");
}

/** A supervisor sets an agent's state; during work it takes effect after it. */
function SetState({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const change = useMutation({ mutationFn: (to: { state: RequestedState; reason: string }) => setStateOf(agent.agent_id, to.state, to.reason) });
  const atWork = agent.state === "offered" || agent.state === "busy" || agent.state === "wrap_up";
  return (
    <Menu position="bottom-end" width={220} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={classes.more} aria-label={t("board.setStateOf", { name: agent.name })}>
          <IconDots size={16} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {atWork && <Menu.Label>{t("state.afterCall")}</Menu.Label>}
        <StateItems request={(state, reason = "") => change.mutate({ state, reason })} free={t("state.free")} stop={t("board.signOut")} />
      </Menu.Dropdown>
    </Menu>
  );
}
