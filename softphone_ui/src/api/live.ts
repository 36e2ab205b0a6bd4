/**
 * The live view's messages, exactly as docs/api.md states them (contract version 1).
 *
 * Times are seconds since the epoch; ids are opaque strings. The union is closed: a message whose `type` is not in it is
 * counted by the reducer and otherwise ignored, so that an older page survives a newer server.
 */

import type { Decision, Line, Work } from "./work";

export type * from "./work";

export type Role = "agent" | "supervisor" | "admin";
export type Language = "en" | "zh";
export type Channel = "call" | "chat" | "email" | "ticket" | "callback";
export type AgentStateName = "signed_out" | "away" | "free" | "unreachable" | "offered" | "busy" | "wrap_up";
export type CallState = "ivr" | "dialling" | "waiting" | "ringing" | "talking" | "held" | "wrap_up" | "ended";

export interface Me {
  user_id: string;
  username: string;
  name: string;
  role: Role;
  agent_id: string | null;
  /** As the account has it; `languageOf` says which of ours that is. */
  language: string;
}

export interface AgentSkill {
  skill: string;
  level: number;
}

export interface Agent {
  agent_id: string;
  name: string;
  state: AgentStateName;
  reason: string;
  /** Name of the person who set the present state, or the next one, when it was not the agent. */
  by: string;
  since: number;
  until: number | null;
  queue_id: string | null;
  call_id: string | null;
  /** Takes effect after the present work. */
  next_state: AgentStateName | null;
  next_reason: string;
  skills: AgentSkill[];
  reachable: boolean;
  reachable_reason: string;
  handled_today: number;
  aht_s: number | null;
  /** End of the shift that runs now. */
  planned_until?: number | null;
  /** Today: share of the planned time so far that was served, 0…1. */
  adherence?: number | null;
  /** Today: planned time before the agent came. */
  late_s?: number;
}

export interface Queue {
  queue_id: string;
  name: string;
  waiting: number;
  oldest_since: number | null;
  /** Somebody who joins the end of the line now: half wait less than this. */
  expected_wait_s: number | null;
  expected_p90_s: number | null;
  /** Today, 0…1: share of those who waited no longer than the p90 they were given; right is 0.9. */
  calibration: number | null;
  /** Today: mean distance between the wait and the median given at arrival, seconds. */
  estimate_error_s: number | null;
  /** 0…1; null while nothing was offered. */
  service_level: number | null;
  service_level_s: number;
  /** Priority points that a minute of waiting is worth. */
  ageing_per_minute: number;
  offered: number;
  answered: number;
  abandoned: number;
  agents_free: number;
  agents_unreachable: number;
  agents_busy: number;
  agents_wrap_up: number;
  /** Most waiting in each of the last 30 minutes, oldest first. */
  recent: number[];
}

export interface PathStep {
  at: number;
  step: string;
  verb: string;
  detail: string;
}

export interface LegQuality {
  packets_sent: number;
  packets_received: number;
  packets_lost: number;
  jitter_ms: number;
  round_trip_ms: number | null;
  codec: string;
  level_in_dbfs?: number | null;
  level_out_dbfs?: number | null;
}

export interface Call {
  call_id: string;
  work_id: string | null;
  state: CallState;
  kind: "sip" | "browser";
  customer_id: string | null;
  customer_name: string;
  /** We called the customer: a callback. */
  outbound: boolean;
  /** Already masked by the viewer's role. */
  caller: string;
  queue_id: string | null;
  agent_id: string | null;
  started_at: number;
  waiting_since: number | null;
  connected_at: number | null;
  ended_at: number | null;
  wrap_up_until: number | null;
  path: PathStep[];
  recording: "off" | "on" | "failed";
  transcript: "live" | "late" | "none";
  last_words: string;
  quality: LegQuality | null;
  cause: string | null;
}

export interface Customer {
  /** None: it is not known which record is the caller's, or there is none. */
  customer_id: string | null;
  name: string;
  is_new: boolean;
  certainty: "certain" | "likely" | "shared" | "unknown";
  certainty_by: string;
  certainty_code?: string;
  certainty_params?: Params;
  phones: string[];
  emails: string[];
  tags: string[];
  vip: boolean;
  location: string | null;
  local_time_zone: string | null;
  since: number | null;
  language: string;
}

export interface TimelineItem {
  interaction_id: string;
  channel: Channel;
  at: number;
  title: string;
  text: string;
  status: "open" | "closed" | "unanswered" | "missed" | "";
  by: string | null;
  call_id: string | null;
  ticket_number: number | null;
  duration_s: number | null;
  has_recording: boolean;
  has_transcript: boolean;
}

/** What a sentence is about, for the words of any language. */
export type Params = Readonly<Record<string, string | number>>;

export interface WhyLine {
  /** In English; `code` with `params` says the same for other languages. Another system's line has no code. */
  text: string;
  source: string;
  interaction_id: string | null;
  code?: string;
  params?: Params;
  source_code?: string;
}

export interface Pop {
  call_id: string;
  customer: Customer;
  /** At most four. */
  why: WhyLine[];
  suggestion: string | null;
  suggestion_code?: string;
  suggestion_params?: Params;
  /** The newest 20. */
  timeline: TimelineItem[];
  next: string | null;
}

export interface Offer {
  offer_id: string;
  work_id: string;
  /** Null of a callback: the call is made when the offer is accepted. */
  call_id: string | null;
  channel: Channel;
  queue_id: string;
  agent_id: string;
  made_at: number;
  expires_at: number;
  reason: string;
  decision: Decision;
  pop: Pop | null;
}

export interface Word {
  text: string;
  start_ms: number;
  end_ms: number;
  confidence: number;
}

export interface Segment {
  call_id: string;
  leg_id: string;
  utterance: number;
  speaker: "customer" | "agent";
  text: string;
  start_ms: number;
  end_ms: number;
  at: number;
  final: boolean;
  late: boolean;
  words: Word[];
}

export interface Alert {
  key: string;
  /** «info», «warning», «critical», «cleared»; another word counts as information. */
  severity: string;
  /** In English; `code` with `params` says the same for other languages. */
  text: string;
  at: number;
  code: string;
  params: Record<string, string | number>;
}

export interface NodeHealth {
  node_id: string;
  state: "up" | "lost";
  legs: number;
  max_legs: number;
  loop_lag_ms: number;
}

export interface System {
  asr: { available: boolean; model: string | null; workers: number; streams: number; shedding: string };
  nodes: NodeHealth[];
  children: { name: string; restarts: number }[];
  version: string;
}

export interface Numbers {
  waiting: number;
  oldest_since: number | null;
  oldest_queue_id: string | null;
  service_level_today: number | null;
  service_level_30m: number | null;
  service_level_s: number;
  /** 0…1: share of those who waited no longer than the p90 they were given; right is 0.9. */
  calibration_today: number | null;
  graded_today: number;
  offered_today: number;
  abandoned_today: number;
  talking: number;
}

/** What the company has set for its screens. */
export interface Settings {
  /** Codes or words of the company. */
  away_reasons: string[];
}

export interface CallRecord {
  call_id: string;
  customer_id: string | null;
  customer_name: string;
  caller: string;
  called: string;
  queue_id: string | null;
  agent_id: string | null;
  agent_name: string | null;
  started_at: number;
  connected_at: number | null;
  ended_at: number | null;
  cause: string | null;
  disposition: string | null;
  summary: string | null;
  path: PathStep[];
  recording_ms: number | null;
  has_recording: boolean;
  /** Null in a list. */
  segments?: Segment[] | null;
}

export interface Snapshot {
  me: Me;
  agents: Agent[];
  queues: Queue[];
  calls: Call[];
  offers: Offer[];
  work_items: Work[];
  lines: Line[];
  pops: Record<string, Pop>;
  segments: Record<string, Segment[]>;
  alerts: Alert[];
  system: System;
  numbers: Numbers;
  settings: Settings;
  missing: Missing[];
}

/** Something that is there and could not be shown. */
export interface Missing {
  kind: "agent" | "queue" | "line" | "work" | "call" | "offer" | "pop" | "alert" | "numbers" | "part" | "message";
  id: string;
}

/** Server → browser. */
export type LiveMessage = { seq: number } & (
  | { type: "hello"; epoch: string; resumed: boolean; at: number }
  | ({ type: "snapshot" } & Snapshot)
  | { type: "agent"; agent: Agent }
  | { type: "agent_removed"; agent_id: string }
  | { type: "queue"; queue: Queue }
  | { type: "call"; call: Call }
  | { type: "offer"; offer: Offer }
  | { type: "work"; work: Work }
  | { type: "line"; line: Line }
  | { type: "queue_removed"; queue_id: string }
  | { type: "work_removed"; work_id: string }
  | { type: "pop"; pop: Pop }
  | { type: "system"; system: System }
  | { type: "numbers"; numbers: Numbers }
  | { type: "settings"; settings: Settings }
  | { type: "missing"; missing: Missing[] }
  | { type: "call_removed"; call_id: string }
  | { type: "offer_ended"; offer_id: string; cause: OfferEnd }
  | { type: "segment"; segment: Segment }
  | { type: "alert"; alert: Alert }
  | { type: "refused"; text: string }
  | { type: "tick"; at: number }
);

export type OfferEnd = "accepted" | "declined" | "expired" | "withdrawn";

/** Browser → server, every two seconds and on change: could this browser take a call now? */
export interface AudioReport {
  type: "audio";
  /** Empty while there is no leg: what is wrong with the microphone must be told all the same. */
  leg_id: string;
  microphone: "live" | "muted" | "denied" | "ended";
  context: "running" | "suspended";
  ice: string;
  level_in?: number;
  level_out?: number;
}
