/** Work on its way to an agent, and why it went there: part of the live view's messages (`live.ts`). */
import type { AgentSkill, Channel } from "./live";

export interface DecisionCandidate {
  agent_id: string;
  name: string;
  eligible: boolean;
  score: number;
  why: string;
  /** The same as a code with what its sentence needs, for readers of other languages. */
  code: string;
  params: Record<string, string | number>;
  terms: { name: string; value: number }[];
}

export interface Decision {
  strategy: string;
  candidates: DecisionCandidate[];
  summary: string;
  requirements: string;
  relaxed: string;
  work_score: number;
}

export type WorkState = "scheduled" | "waiting" | "offered" | "accepted" | "active" | "wrap_up" | "ended";

/** Anything that waits for an agent or is in an agent's hands. */
export interface Work {
  work_id: string;
  call_id: string | null;
  /** Of a callback: the call it was promised in. */
  origin_call_id: string | null;
  channel: Channel;
  queue_id: string;
  customer_id: string | null;
  customer_name: string;
  state: WorkState;
  /** Deadline of the state; of scheduled work, when it takes its place. */
  until: number;
  enqueued_at: number;
  /** With the queue's own, without ageing. */
  priority: number;
  /** What was added to the queue's own: what a supervisor changes. */
  extra_priority: number;
  /** What is asked for now. */
  requirements: AgentSkill[];
  /** Beyond skills, in words. */
  condition: string;
  /** What was given up on the way, in words. */
  relaxed: string;
  /** Of the queue's routing steps. */
  steps_taken: number;
  steps: number;
  /** The wait that was estimated on entering the queue. */
  expected_p50_s: number | null;
  expected_p90_s: number | null;
  agent_id: string | null;
  /** Why the agent it rings at, or who has it, got it. */
  decision: Decision | null;
}

export interface Place {
  work_id: string;
  /** What remains of the wait by the estimate. */
  expected_p50_s: number | null;
  expected_p90_s: number | null;
}

/** The first of those who wait in a queue, the next first. */
export interface Line {
  queue_id: string;
  places: Place[];
}
