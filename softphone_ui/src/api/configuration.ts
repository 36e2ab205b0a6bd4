/** The configuration document as docs/api.md states it, and everything that is asked about it. */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type usualThresholds from "../admin/thresholds.json";

export type Levels = Record<string, number>;
export type Fact = boolean | number | string;
export type Strategy = "longest_idle" | "most_skilled" | "least_occupied" | "round_robin" | "ring_all" | "random";
export type AttributeKind = "yes_no" | "number" | "text";

export interface AttributeRules {
  name: string;
  kind: AttributeKind;
  values: string[];
}

export interface OpeningHours {
  time_zone: string;
  week: Record<string, string[]>;
  special: Record<string, string[]>;
  holidays: { country: string; subdivision: string | null } | null;
}

/** From `after_s` on other rules hold; null: as before. */
export interface StepRules {
  after_s: number;
  requirements: Levels | null;
  condition: string | null;
  overflow_to: string | null;
}

/** From when on a queue needs a supervisor; null: as for all queues. 0 switches a threshold off. */
export interface QueueThresholds {
  waiting_soon: number | null;
  waiting_now: number | null;
  oldest_soon: number | null;
  oldest_now: number | null;
  service_level_soon: number | null;
  service_level_now: number | null;
  abandoned_soon: number | null;
  abandoned_now: number | null;
  least_contacts: number | null;
  nobody_after_s: number | null;
}

/** Of the installation, with what has no queue. */
export type Thresholds = Partial<Record<keyof typeof usualThresholds, number>>;

export interface QueueRules {
  name: string;
  requirements: Levels;
  condition: string;
  strategy: Strategy;
  steps: StepRules[];
  hours: string;
  priority: number;
  ageing_per_minute: number;
  ring_timeout_s: number;
  wrap_up_limit_s: number;
  max_wait_s: number;
  service_level_s: number;
  short_abandon_s: number;
  preferred_agent_s: number;
  last_agent_days: number;
  attention: QueueThresholds;
}

export interface Shift {
  days: string[];
  hours: string[];
}

export interface AgentRules {
  name: string;
  skills: Levels;
  queues: string[];
  attributes: Record<string, Fact>;
  capacity: Record<string, number>;
  interruptions: Record<string, Record<string, number>>;
  shifts: Shift[];
}

/** An outcome of the first level; with `below` one of those is chosen instead. */
export interface DispositionRules {
  name: string;
  below: string[];
  queues: string[];
}

export interface Document {
  skills: Record<string, string>;
  attributes: Record<string, AttributeRules>;
  hours: Record<string, OpeningHours>;
  queues: Record<string, QueueRules>;
  agents: Record<string, AgentRules>;
  attention: Thresholds;
  dispositions: DispositionRules[];
}

export type Path = readonly (string | number)[];

export interface Problem {
  path: (string | number)[];
  line: number | null;
  column: number | null;
  sentence: string;
  code: string;
  params: Record<string, string>;
}

/** One value that differs; null: it was not there. */
export interface Change {
  path: string[];
  before: unknown;
  after: unknown;
}

export interface VersionInfo {
  version: number;
  at: number;
  author: string;
  comment: string;
}

export interface Saved extends VersionInfo {
  document: Document;
  yaml: string;
  /** Why it is saved but not in force yet; empty: it is. */
  pending: string;
}

export interface Examined {
  problems: Problem[];
  document: Document | null;
  yaml: string | null;
  changes: Change[];
}

export interface Diff {
  before: number;
  after: number;
  changes: Change[];
  text: string;
}

export const configurationQuery = queryOptions({
  queryKey: ["configuration"],
  queryFn: ({ signal }) => api<Saved>("GET", "/configuration", undefined, signal),
  staleTime: 30_000,
});

export const versionsQuery = queryOptions({
  queryKey: ["configuration", "versions"],
  queryFn: ({ signal }) => api<{ items: VersionInfo[] }>("GET", "/configuration/versions", undefined, signal),
});

export const diffQuery = (version: number) =>
  queryOptions({
    queryKey: ["configuration", "diff", version],
    queryFn: ({ signal }) => api<Diff>("GET", `/configuration/versions/${version}/diff`, undefined, signal),
    staleTime: Infinity,
  });

/** What is wrong with a draft, and what it would change. */
export const examineQuery = (content: { document: Document } | { yaml: string }) =>
  queryOptions({
    queryKey: ["configuration", "examined", content],
    queryFn: ({ signal }) => api<Examined>("POST", "/configuration/validate", content, signal),
    staleTime: 60_000,
    gcTime: 60_000,
  });

export const saveConfiguration = (version: number, comment: string, document: Document) =>
  api<Saved>("PUT", "/configuration", { version, comment, document });

export const rollBack = (to: number, version: number) => api<Saved>("POST", "/configuration/rollback", { to, version });
