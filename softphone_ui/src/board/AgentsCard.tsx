import { Menu } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconDots } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { Fragment, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { setStateOf, type RequestedState } from "../api/actions";
import type { Agent, AgentStateName, Entry } from "../api/live";
import { Dot, stateColour } from "../common/Dot";
import { StateItems } from "../common/StateItems";
import { unreachableWords } from "../common/unreachable";
import { declineWords, nextWords, reasonWords } from "../common/words";
import { percent } from "../format/numbers";
import { clock, hourAndMinute } from "../format/time";
import { useLocale } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { agentsByState } from "../live/selectors";
import { useNow } from "../live/useNow";
import { useRunning } from "../live/useRunning";
import { arrangedAgents, USUAL_AGENTS, type AgentView } from "./arranged";
import { useRevealed } from "./attention/reveal";
import classes from "./Board.module.css";
import { CardHead } from "./CardHead";
import { useHeldOrder } from "./useHeldOrder";

const STACKED: readonly AgentStateName[] = ["available", "offered", "busy", "wrap_up", "unreachable", "away"];

/** With so many, whoever is signed in or not, groups can be folded and all be filtered. */
const MANY = 11;

/** Who is signed in, by state, the longest in it first. */
export function AgentsCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.agents);
  const queues = useLive((state) => state.queues);
  const agents = useMemo(() => agentsByState(all), [all]);
  const many = Object.keys(all).length >= MANY;
  const [view, setView] = useLocalStorage({ key: "patchbay.board.agents", defaultValue: USUAL_AGENTS, getInitialValueInEffect: false });
  const looked = useMemo(() => (many ? view : USUAL_AGENTS), [many, view]);
  const groups = useMemo(() => arrangedAgents(agents, looked, (agent) => (agent.queue_id === null ? "" : (queues[agent.queue_id]?.name ?? ""))), [agents, looked, queues]);
  const { shown, changed, update, inside } = useHeldOrder(groups, JSON.stringify([looked.sort, looked.filter]));
  useRevealed("agent:", () => setView({ ...view, filter: "", folded: [] }));
  const count = (state: AgentStateName): number => agents.filter((agent) => agent.state === state).length;
  return (
    <section className={classes.card} {...inside}>
      <CardHead title={t("board.agentsSignedIn", { count: agents.length })} filter={many ? view.filter : null} label={t("board.filterAgents")} setFilter={(filter) => setView({ ...view, filter })} changed={changed} update={update}>
        {many && <Sort sort={view.sort} set={(sort) => setView({ ...view, sort })} />}
      </CardHead>
      {agents.length === 0 ? (
        <div className={classes.empty}>{t("board.noAgents")}</div>
      ) : (
        <>
          <div
            className={classes.stack}
            role="img"
            aria-label={t("board.share", { busy: count("busy"), wrapUp: count("wrap_up"), available: count("available") + count("offered"), unreachable: count("unreachable"), away: count("away") })}
          >
            {STACKED.map((state) => (
              <i key={state} style={{ width: `${(100 * count(state)) / agents.length}%`, background: stateColour(state) }} />
            ))}
          </div>
          <div className={classes.allAgents} data-many={many || undefined} {...(many ? { tabIndex: 0, role: "region", "aria-label": t("board.agentsByState") } : {})}>
            {shown.every((group) => group.ids.length === 0) && <div className={classes.empty}>{t("board.noneMatches")}</div>}
            {shown.map(({ key, ids }) => {
              if (ids.length === 0) return null;
              const state = key as AgentStateName;
              const folded = many && view.folded.includes(state);
              const fold = (): void => setView({ ...view, folded: folded ? view.folded.filter((each) => each !== state) : [...view.folded, state] });
              return (
                <Fragment key={key}>
                  {many && (
                    <button type="button" className={classes.fold} aria-expanded={!folded} onClick={fold}>
                      {t("board.group", { state: t(`state.${state}`), count: ids.length })}
                    </button>
                  )}
                  {!folded && <ul className={classes.agents}>{ids.map((id) => all[id] !== undefined && <Row key={id} agent={all[id]} />)}</ul>}
                </Fragment>
              );
            })}
          </div>
        </>
      )}
    </section>
  );
}

function Sort({ sort, set }: { sort: AgentView["sort"]; set: (sort: AgentView["sort"]) => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={classes.update} data-shown="true" aria-label={t("board.sortedBy", { how: t(`board.sort.${sort}`) })} onClick={() => set(sort === "longest" ? "name" : "longest")}>
      {t(`board.sort.${sort}`)}
    </button>
  );
}

function Row({ agent }: { agent: Agent }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const since = useRunning(agent.since);
  const queue = useLive((state) => (agent.queue_id === null ? undefined : state.queues[agent.queue_id]));
  const overdue = useNow((now) => agent.state === "wrap_up" && agent.until !== null && now > agent.until);
  const cannot = agent.state === "unreachable";
  const notTaken = useLive((state) => notTakenWords(t, agent, state.attention, locale));
  const detail = agent.state === "away" && agent.reason ? reasonWords(t, agent.reason) : queue?.name;
  return (
    <li className={classes.agent} data-reveal={`agent:${agent.agent_id}`} tabIndex={-1}>
      <Dot state={agent.state} />
      <b title={agent.name}>{agent.name}</b>
      <span className={overdue ? classes.late : undefined}>{since}</span>
      <span />
      <small
        className={cannot ? classes.bad : undefined}
        title={[cannot ? unreachableWords(t, agent.reachable_reason) : agent.by !== "" ? t("state.setBy", { name: agent.by, time: hourAndMinute(agent.since, locale) }) : "", notTaken].filter(Boolean).join("\n") || undefined}
      >
        {[...(cannot ? [t("board.cannotTake", { reason: unreachableWords(t, agent.reachable_reason) }), notTaken] : [t(`state.${agent.state}`), detail, notTaken, nextWords(t, agent), planWords(t, agent, locale)])].filter(Boolean).join(" · ")}
      </small>
      <small>{agent.aht_s === null ? "" : t("board.aht", { clock: clock(agent.aht_s) })}</small>
      <SetState agent={agent} />
    </li>
  );
}

/** «missed 2 calls», as long as that needs attention; «declined at 10:42: Not my area», until something is taken. */
function notTakenWords(t: TFunction, agent: Agent, attention: Readonly<Record<string, Entry>>, locale: string): string {
  const times = (code: "missed_rings" | "declined"): number => Number(attention[`${code}:agent:${agent.agent_id}`]?.figures.times ?? 0);
  const [missed, declined] = [times("missed_rings"), times("declined")];
  const last = agent.declined ?? null;
  return [
    missed > 0 ? t("board.missed_rings", { count: missed }) : "",
    declined > 0 ? t("board.declined", { count: declined }) : "",
    last === null ? "" : lastDeclineWords(t, last, locale),
  ]
    .filter(Boolean)
    .join(" · ");
}

function lastDeclineWords(t: TFunction, { at, reason }: NonNullable<Agent["declined"]>, locale: string): string {
  const time = hourAndMinute(at, locale);
  return reason === "" ? t("board.lastDecline", { time }) : t("board.lastDeclineWhy", { time, reason: declineWords(t, reason) });
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
        <StateItems request={(state, reason = "") => change.mutate({ state, reason })} available={t("state.available")} stop={t("board.signOut")} />
      </Menu.Dropdown>
    </Menu>
  );
}
