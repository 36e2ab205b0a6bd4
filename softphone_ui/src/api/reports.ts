/** Reports (docs/api.md): what was counted of queues and agents, and the conversations behind a number. */
import { queryOptions } from "@tanstack/react-query";

import { api, fileOf } from "./client";
import type { components } from "./schema";

export type Interval = components["schemas"]["Interval"];
export type QueueReport = components["schemas"]["QueueReport"];
export type AgentReport = components["schemas"]["AgentReport"];
export type QueueFigures = components["schemas"]["QueueInterval"];
export type AgentFigures = components["schemas"]["AgentInterval"];
export type Counted = components["schemas"]["Counted"];
export type CountedConversation = components["schemas"]["CountedConversation"];
export type CountedConversations = components["schemas"]["CountedConversations"];

export type About = "queues" | "agents";

/** What a report is asked for. Days are the installation's; empty: today. */
export interface Question {
  first: string;
  last: string;
  interval: Interval;
  /** Ids; none: all. */
  only: readonly string[];
}

/** Which conversations are asked for. */
export interface Behind {
  start: number;
  end: number;
  counted: readonly Counted[];
  queues: readonly string[];
  agents: readonly string[];
}

const RENEWED_MS = 60_000;
/** A report of today goes on. */
const reportQuery = <T>(about: About, question: Question) =>
  queryOptions({
    queryKey: ["reports", about, question],
    queryFn: ({ signal }) => api<T>("GET", `/reports/${about}?${searchOf(about, question)}&each=false`, undefined, signal),
    staleTime: 15_000,
    refetchInterval: RENEWED_MS,
  });

export const queueReportQuery = (question: Question) => reportQuery<QueueReport>("queues", question);
export const agentReportQuery = (question: Question) => reportQuery<AgentReport>("agents", question);

export const behindQuery = (asked: Behind) =>
  queryOptions({
    queryKey: ["reports", "conversations", asked],
    queryFn: ({ signal }) => api<CountedConversations>("GET", `/reports/conversations?${searchBehind(asked)}`, undefined, signal),
    staleTime: 15_000,
  });

export const reportFile = (about: About, question: Question): Promise<Blob> => fileOf(`/reports/${about}?${searchOf(about, question)}&format=csv`);
export const behindFile = (asked: Behind): Promise<Blob> => fileOf(`/reports/conversations?${searchBehind(asked)}&limit=1000&format=csv`);

export function searchOf(about: About, { first, last, interval, only }: Question): string {
  const search = new URLSearchParams({ interval });
  if (first !== "") search.set("first_day", first);
  if (first !== "" && last !== "") search.set("last_day", last);
  for (const id of only) search.append(about === "queues" ? "queue_id" : "agent_id", id);
  return search.toString();
}

function searchBehind({ start, end, counted, queues, agents }: Behind): string {
  const search = new URLSearchParams({ start: String(start), end: String(end) });
  for (const each of counted) search.append("counted", each);
  for (const id of queues) search.append("queue_id", id);
  for (const id of agents) search.append("agent_id", id);
  return search.toString();
}
