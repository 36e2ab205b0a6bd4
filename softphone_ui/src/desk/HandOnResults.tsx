import { Skeleton } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Colleague, ColleagueList, ColleagueQueue } from "../api/live";
import { Dot } from "../common/Dot";
import { waitRange } from "../common/expected";
import { unreachableWords } from "../common/unreachable";
import { stateWords } from "../common/words";
import { useRunning } from "../live/useRunning";
import { keyOf, type Target } from "./handOn";
import classes from "./HandOn.module.css";

const SKILLS_SHOWN = 4;

export const optionId = (id: string, target: Target): string => `${id}-${keyOf(target)}`;

interface Props {
  id: string;
  /** Undefined: nothing was answered yet. */
  found: ColleagueList | undefined;
  chosen: Target | undefined;
  pick: (target: Target) => void;
}

/** Agents and queues in one list, who fits best first; whoever cannot be called is shown with the reason. */
export function HandOnResults({ id, found, chosen, pick }: Props) {
  const { t } = useTranslation();
  const key = chosen === undefined ? null : keyOf(chosen);
  const more = found === undefined ? 0 : found.agents_found + found.queues_found - found.agents.length - found.queues.length;
  const option = (target: Target, row: ReactNode): ReactNode => (
    <Option key={keyOf(target)} id={optionId(id, target)} on={keyOf(target) === key} pick={() => pick(target)}>
      {row}
    </Option>
  );
  return (
    <div className={classes.results} id={`${id}-found`} role="listbox" aria-label={t("handOn.found")}>
      {found === undefined && <Skeleton height={120} mx={16} w="auto" />}
      {found !== undefined && found.agents.length + found.queues.length === 0 && <p className={classes.none}>{t("handOn.nothing")}</p>}
      {found !== undefined && found.agents.length > 0 && (
        <div role="group" aria-label={t("handOn.agents")}>
          <h3 aria-hidden="true">{t("handOn.agents")}</h3>
          {found.agents.map((agent) => option({ kind: "agent", agent }, <Agent agent={agent} />))}
        </div>
      )}
      {found !== undefined && found.queues.length > 0 && (
        <div role="group" aria-label={t("handOn.queues")}>
          <h3 aria-hidden="true">{t("handOn.queues")}</h3>
          {found.queues.map((queue) => option({ kind: "queue", queue }, <Queue queue={queue} />))}
        </div>
      )}
      {more > 0 && <p className={classes.none}>{t("handOn.more", { count: more })}</p>}
    </div>
  );
}

function Option({ id, on, pick, children }: { id: string; on: boolean; pick: () => void; children: ReactNode }) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (on) row.current?.scrollIntoView({ block: "nearest" });
  }, [on]);
  return (
    // The keyboard chooses from the field (aria-activedescendant); the pointer leaves the focus there.
    <div ref={row} id={id} role="option" aria-selected={on} className={classes.option} onMouseDown={(event) => event.preventDefault()} onClick={pick}>
      {children}
    </div>
  );
}

function Agent({ agent }: { agent: Colleague }) {
  const { t } = useTranslation();
  const since = useRunning(agent.since);
  const state = agent.why_not === "unreachable" ? unreachableWords(t, agent.reason) : stateWords(t, agent.state, agent.reason);
  const skills = agent.skills.slice(0, SKILLS_SHOWN).map(({ name, level }) => t("handOn.skill", { name, level }));
  return (
    <>
      <Dot state={agent.state} />
      <b>{agent.name}</b>
      <span className={classes.state} data-ok={agent.available_for_call || undefined}>
        {state} <span className="figures">{since}</span>
      </span>
      <small>{skills.length === 0 ? t("handOn.noSkills") : skills.join(" · ")}</small>
    </>
  );
}

function Queue({ queue }: { queue: ColleagueQueue }) {
  const { t } = useTranslation();
  const range = waitRange(queue.expected_p50_s, queue.expected_p90_s);
  const wait = !queue.open ? t("handOn.closed") : queue.agents_available > 0 ? t("handOn.available") : range === null ? t("handOn.unknown") : t("handOn.expected", { range });
  return (
    <>
      <IconUsersGroup size={14} stroke={1.6} aria-hidden="true" />
      <b>{queue.name}</b>
      <span className={classes.state} data-ok={(queue.open && queue.agents_available > 0) || undefined}>
        {wait}
      </span>
      <small>{t("handOn.waiting", { waiting: queue.waiting, available: queue.agents_available })}</small>
    </>
  );
}
