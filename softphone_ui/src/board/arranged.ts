/** How the board's lists are sorted, filtered and folded. Pure: lists in, groups of ids out. */
import type { Agent, AgentStateName, Queue } from "../api/live";

/** One part of a list, in its order. */
export interface Group {
  key: string;
  ids: readonly string[];
}

export type QueueColumn = "name" | "waiting" | "oldest" | "expected" | "serviceLevel" | "available" | "abandoned";

export interface QueueView {
  column: QueueColumn;
  /** The greatest first. */
  down: boolean;
  filter: string;
  /** Queues in which no one waits are one line. */
  folded: boolean;
}
export const USUAL_QUEUES: QueueView = { column: "name", down: false, filter: "", folded: false };

export interface AgentView {
  sort: "longest" | "name";
  filter: string;
  folded: readonly AgentStateName[];
}
export const USUAL_AGENTS: AgentView = { sort: "longest", filter: "", folded: [] };

const MEASURES: Readonly<Record<Exclude<QueueColumn, "name">, (queue: Queue) => number | null>> = {
  waiting: (queue) => queue.waiting,
  // How long it is since: the earliest is the longest.
  oldest: (queue) => (queue.oldest_since === null ? null : -queue.oldest_since),
  expected: (queue) => queue.expected_wait_s,
  serviceLevel: (queue) => queue.service_level,
  available: (queue) => queue.agents_available,
  abandoned: (queue) => (queue.offered === 0 ? null : queue.abandoned / queue.offered),
};

/** Case and accents aside, each word somewhere in one of the texts. */
export function matches(filter: string, ...texts: readonly string[]): boolean {
  const words = plain(filter).split(/\s+/).filter(Boolean);
  const all = texts.map(plain);
  return words.every((word) => all.some((text) => text.includes(word)));
}

const plain = (text: string): string => text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase();

/** What was not measured comes last, whichever way it is sorted; equal ones go by name. */
export function arrangedQueues(queues: readonly Queue[], { column, down, filter, folded }: QueueView): Group[] {
  const byName = (one: Queue, other: Queue): number => one.name.localeCompare(other.name);
  const found = queues.filter((queue) => matches(filter, queue.name));
  const sorted =
    column === "name"
      ? found.sort((one, other) => (down ? -1 : 1) * byName(one, other))
      : found.sort((one, other) => {
          const [a, b] = [MEASURES[column](one), MEASURES[column](other)];
          if (a === null || b === null) return Number(a === null) - Number(b === null) || byName(one, other);
          return (down ? b - a : a - b) || byName(one, other);
        });
  const quiet = folded ? sorted.filter((queue) => queue.waiting === 0) : [];
  const ids = (list: readonly Queue[]): string[] => list.map((queue) => queue.queue_id);
  return [
    { key: "open", ids: ids(sorted.filter((queue) => !quiet.includes(queue))) },
    { key: "quiet", ids: ids(quiet) },
  ];
}

export const STATES: readonly AgentStateName[] = ["busy", "wrap_up", "offered", "available", "unreachable", "away"];

/** By state, those who are signed in; `queueName` is that of whom the agent is with. */
export function arrangedAgents(agents: readonly Agent[], { sort, filter }: Pick<AgentView, "sort" | "filter">, queueName: (agent: Agent) => string): Group[] {
  const found = agents.filter((agent) => matches(filter, agent.name, queueName(agent)));
  return STATES.map((state) => ({
    key: state,
    ids: found
      .filter((agent) => agent.state === state)
      .sort((one, other) => (sort === "longest" ? one.since - other.since : 0) || one.name.localeCompare(other.name))
      .map((agent) => agent.agent_id),
  }));
}

/** The order as it was: who is gone is left out, who is new comes last. */
export function keptOrder(before: readonly Group[], now: readonly Group[]): Group[] {
  const present = new Set(now.flatMap((group) => group.ids));
  const known = new Set(before.flatMap((group) => group.ids));
  return now.map(({ key, ids }) => {
    const kept = before.find((group) => group.key === key)?.ids.filter((id) => present.has(id)) ?? [];
    return { key, ids: [...kept, ...ids.filter((id) => !known.has(id))] };
  });
}

export function sameOrder(one: readonly Group[], other: readonly Group[]): boolean {
  return one.every((group, index) => group.ids.join() === other[index]?.ids.join());
}
