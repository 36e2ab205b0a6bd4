/** Flows as docs/api.md states them: texts, drafts, versions, simulated calls. */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";

export interface FlowVersionInfo {
  version: number;
  author: string;
  saved_at: number;
  comment: string;
}

export interface FlowDraftInfo {
  author_id: string;
  author: string;
  base_version: number;
  began_at: number;
  saved_at: number;
  mine: boolean;
}

export interface FlowSummary {
  flow_id: string;
  name: string;
  published: FlowVersionInfo | null;
  numbers: string[];
  callers: number;
  drafts: FlowDraftInfo[];
}

export interface FlowDetail extends FlowSummary {
  text: string;
  draft: (FlowDraftInfo & { text: string }) | null;
  callers_by_version: Record<string, number>;
}

export interface FlowProblem {
  line: number;
  column: number;
  /** Characters from `column` on; 0: it goes over several lines. */
  length: number;
  severity: "error" | "warning";
  sentence: string;
  code: string;
  params: Record<string, string>;
}

export interface FlowExamined {
  problems: FlowProblem[];
  /** Name → line. */
  steps: Record<string, number>;
  languages: string[];
}

/** A JSON Schema, as far as the editor reads it. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  enum?: (string | number)[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: Schema | boolean;
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  "x-names"?: string;
}

export interface FlowWords {
  schema: Schema;
  queues: Record<string, string>;
  skills: Record<string, string>;
  files: string[];
  variables: Record<string, string>;
}

export type Certainty = "certain" | "likely" | "shared" | "unknown";

export interface KnownCaller {
  certainty: Certainty;
  name: string;
  vip: boolean;
  open_tickets: number;
}

export type CallerAnswer = { kind: "keys"; keys: string } | { kind: "phrase"; phrase: string } | { kind: "silence" } | { kind: "hang_up" };

export interface Simulation {
  text: string;
  caller: string;
  language: string;
  at: string | null;
  known: KnownCaller | null;
  answers: CallerAnswer[];
  agent_after_s: number | null;
}

export interface Way {
  step: string;
  label: string;
  to: string;
}

export interface SimulatedStep {
  after_s: number;
  step: string;
  verb: string;
  detail: string;
  spoken: string[];
}

export interface Simulated {
  at: number;
  steps: SimulatedStep[];
  lines: Record<string, number>;
  outcome: "connected" | "hung_up" | "failed" | "endless";
  cause: string;
  queue_id: string;
  priority: number;
  took_s: number;
  taken: Way[];
  missing: Way[];
}

export const flowsQuery = queryOptions({
  queryKey: ["flows"],
  queryFn: ({ signal }) => api<{ items: FlowSummary[] }>("GET", "/flows", undefined, signal),
  refetchInterval: 30_000,
});

/** Who else writes, and how many callers are in it, is looked at again while the page is open. */
export const flowQuery = (flowId: string) =>
  queryOptions({
    queryKey: ["flows", flowId],
    queryFn: ({ signal }) => api<FlowDetail>("GET", path(flowId), undefined, signal),
    refetchInterval: 15_000,
  });

export const flowVersionsQuery = (flowId: string) =>
  queryOptions({
    queryKey: ["flows", flowId, "versions"],
    queryFn: ({ signal }) => api<{ items: FlowVersionInfo[] }>("GET", `${path(flowId)}/versions`, undefined, signal),
  });

export const flowWordsQuery = queryOptions({
  queryKey: ["flows", "words"],
  queryFn: ({ signal }) => api<FlowWords>("GET", "/flows/words", undefined, signal),
  staleTime: 60_000,
});

export const flowCheckQuery = (flowId: string, text: string) =>
  queryOptions({
    queryKey: ["flows", flowId, "check", text],
    queryFn: ({ signal }) => api<FlowExamined>("POST", "/flows/check", { text, flow_id: flowId }, signal),
    gcTime: 30_000,
    staleTime: 30_000,
  });

/** How a text that is being written differs from a version. */
export const draftDiffQuery = (flowId: string, version: number, text: string) =>
  queryOptions({
    queryKey: ["flows", flowId, "diff", version, text],
    queryFn: ({ signal }) => api<{ text: string }>("POST", `${path(flowId)}/versions/${version}/diff`, { text }, signal),
    gcTime: 0,
  });

export const versionsDiffQuery = (flowId: string, version: number, against: number) =>
  queryOptions({
    queryKey: ["flows", flowId, "diff", version, against],
    queryFn: ({ signal }) => api<{ text: string }>("GET", `${path(flowId)}/versions/${version}/diff?against=${against}`, undefined, signal),
    staleTime: Infinity,
  });

/** What a new flow can begin with, and how many queues that needs. */
export const TEMPLATES = { ring_one_queue: 1, two_choices: 2, empty: 0 } as const;
export type Template = keyof typeof TEMPLATES;

export const addFlow = (flow: { flow_id: string; name: string; language: string; template: Template; queues: string[] }) => api<FlowDetail>("POST", "/flows", flow);
export const saveDraft = (flowId: string, text: string, baseVersion: number) => api<FlowDraftInfo>("PUT", `${path(flowId)}/draft`, { text, base_version: baseVersion });
export const discardDraft = (flowId: string) => api<undefined>("DELETE", `${path(flowId)}/draft`);
export const draftOf = (flowId: string, authorId: string) => api<{ text: string; author: string }>("GET", `${path(flowId)}/drafts/${encodeURIComponent(authorId)}`);
export const publishFlow = (flowId: string, text: string, version: number, comment: string) => api<FlowDetail>("POST", `${path(flowId)}/publish`, { text, version, comment });
export const rollBackFlow = (flowId: string, to: number, version: number) => api<FlowDetail>("POST", `${path(flowId)}/rollback`, { to, version });
export const simulate = (simulation: Simulation) => api<Simulated>("POST", "/flows/simulate", simulation);

function path(flowId: string): string {
  return `/flows/${encodeURIComponent(flowId)}`;
}
