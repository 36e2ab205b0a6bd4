/** Reports (docs/api.md): what was counted of queues and agents, and the conversations behind a number. */
import { queryOptions } from "@tanstack/react-query";

import { KEY_OF, type About } from "../reports/about";
import { api, fileOf } from "./client";
import type { components } from "./schema";

export type Interval = components["schemas"]["Interval"];
export type QueueReport = components["schemas"]["QueueReport"];
export type AgentReport = components["schemas"]["AgentReport"];
export type SkillReport = components["schemas"]["SkillReport"];
export type ChannelReport = components["schemas"]["ChannelReport"];
type Keys = "queue_id" | "skill" | "channel";
/** What customers met, whatever it is told by. */
export type ServiceFigures = Omit<components["schemas"]["QueueInterval"], Keys> & Partial<Record<Keys, string>>;
export type Beside = components["schemas"]["Beside"];
export type Earlier = components["schemas"]["Earlier"];
export type AgentFigures = components["schemas"]["AgentInterval"];
export type Counted = components["schemas"]["Counted"];
export type CountedConversation = components["schemas"]["CountedConversation"];
export type CountedConversations = components["schemas"]["CountedConversations"];

/** What a report is asked for. Days are the installation's; empty: today. */
export interface Question {
  first: string;
  last: string;
  interval: Interval;
  /** Ids; none: all. */
  only: readonly string[];
  /** Which earlier time stands beside it. */
  beside: Beside | null;
}

/** Which conversations are asked for. */
export interface Behind {
  start: number;
  end: number;
  counted: readonly Counted[];
  about: About;
  /** Ids; none: all. */
  only: readonly string[];
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
export const skillReportQuery = (question: Question) => reportQuery<SkillReport>("skills", question);
export const channelReportQuery = (question: Question) => reportQuery<ChannelReport>("channels", question);
export const agentReportQuery = (question: Question) => reportQuery<AgentReport>("agents", question);

export const behindQuery = (asked: Behind) =>
  queryOptions({
    queryKey: ["reports", "conversations", asked],
    queryFn: ({ signal }) => api<CountedConversations>("GET", `/reports/conversations?${searchBehind(asked)}`, undefined, signal),
    staleTime: 15_000,
  });

export const reportFile = (about: About, question: Question): Promise<Blob> => fileOf(`/reports/${about}?${searchOf(about, question)}&format=csv`);
export const behindFile = (asked: Behind): Promise<Blob> => fileOf(`/reports/conversations?${searchBehind(asked)}&limit=1000&format=csv`);

export function searchOf(about: About, { first, last, interval, only, beside }: Question): string {
  const search = new URLSearchParams({ interval });
  if (first !== "") search.set("first_day", first);
  if (first !== "" && last !== "") search.set("last_day", last);
  for (const id of only) search.append(KEY_OF[about], id);
  if (beside !== null) search.set("beside", beside);
  return search.toString();
}

function searchBehind({ start, end, counted, about, only }: Behind): string {
  const search = new URLSearchParams({ start: String(start), end: String(end) });
  for (const each of counted) search.append("counted", each);
  for (const id of only) search.append(KEY_OF[about], id);
  return search.toString();
}
