/** What a person can do, one function each; the path and body are as docs/api.md states them. */
import { api } from "./client";
import type { Customer, Interaction, Me } from "./live";

export type NextStep = "none" | "ticket" | "callback";

export interface WrapUp {
  disposition: string;
  summary: string;
  next_step: NextStep;
  ticket_subject?: string;
  callback_at?: number;
}

export type RequestedState = "available" | "away" | "signed_out";

/** `code` of the second step, once the server has asked for it (401 `code_needed`). */
export const signIn = (username: string, password: string, code = "") => api<Me>("POST", "/session", { username, password, ...(code === "" ? {} : { code }) });
export const signOut = () => api<undefined>("DELETE", "/session");
export const setAgentState = (state: RequestedState, reason?: string) =>
  api<undefined>("POST", "/agent/state", reason ? { state, reason } : { state });
export const acceptOffer = (offerId: string) => api<undefined>("POST", `/offers/${offerId}/accept`);
/** Why an agent did not take an offer; kept as these codes, and told to supervisors. */
export type DeclineReason = "finishing" | "not_my_topic" | "technical" | "other";
export const declineOffer = (offerId: string, reason: DeclineReason) => api<undefined>("POST", `/offers/${offerId}/decline`, { reason });
/** By the ids of parties; whoever is not named waits: hold, resume, swap and conference in one. */
export const talkWith = (callId: string, parties: readonly string[]) => api<undefined>("PUT", `/calls/${callId}/talking-with`, { parties });
/** A colleague, or whoever a queue has. */
export type Asked = ({ agent_id: string } | { queue_id: string }) & { note: string };
export const consult = (callId: string, asked: Asked) => api<undefined>("POST", `/calls/${callId}/consultation`, asked);
/** Said by either of the two. */
export const endConsultation = (callId: string) => api<undefined>("DELETE", `/calls/${callId}/consultation`);
export const handOver = (callId: string) => api<undefined>("POST", `/calls/${callId}/consultation/hand-over`);
export const transferCall = (callId: string, asked: Asked) => api<undefined>("POST", `/calls/${callId}/transfer`, asked);
export const hangUpCall = (callId: string) => api<undefined>("POST", `/calls/${callId}/hang-up`);
export const finishWrapUp = (workId: string, wrapUp: WrapUp) => api<undefined>("POST", `/work/${workId}/wrap-up`, wrapUp);
/** Made on the version that was seen: 412 with the record as it is now when somebody else was faster. */
export const renameCustomer = (customerId: string, name: string, version: number) =>
  api<Customer>("PATCH", `/customers/${customerId}`, { name }, undefined, { "If-Match": `"${version}"` });
/** Whose a conversation is: a record, a new one, or nobody's until somebody says; its ticket and callback move along. */
export const fileConversation = (interactionId: string, whose: { customer_id: string | null } | { new: { name: string } }) =>
  api<Interaction>("POST", `/interactions/${interactionId}/customer`, whose);
/** Heard by nobody, by the agent alone, by everybody. */
export type SupervisionMode = "listen" | "whisper" | "join";
/** Said again it changes the way; of another call, it leaves the one before. */
export const superviseCall = (callId: string, legId: string, mode: SupervisionMode) =>
  api<undefined>("PUT", `/calls/${callId}/supervision`, { leg_id: legId, mode });
export const stopSupervising = (callId: string) => api<undefined>("DELETE", `/calls/${callId}/supervision`);
/** Opens this agent's nailed-up audio leg; an older one is replaced, and a running call moves to it. */
export const openLeg = (sdp: string, avoid: string | null) =>
  api<{ leg_id: string; sdp: string; node_id: string }>("POST", "/legs", { sdp, avoid });
/** What supervisors do to waiting work: it comes back as messages, like everything else. */
export const moveWork = (workId: string, queueId: string) => api<undefined>("POST", `/work/${workId}/move`, { queue_id: queueId });
/** `priority` is added to the queue's own. */
export const reprioritiseWork = (workId: string, priority: number) => api<undefined>("POST", `/work/${workId}/priority`, { priority });
export const withdrawWork = (workId: string, reason: string) => api<undefined>("POST", `/work/${workId}/withdraw`, { reason });
/** `at` in seconds since the epoch. */
export const rescheduleCallback = (workId: string, at: number) => api<undefined>("POST", `/work/${workId}/reschedule`, { at });
export const setStateOf = (agentId: string, state: RequestedState, reason?: string) =>
  api<undefined>("POST", `/agents/${agentId}/state`, reason ? { state, reason } : { state });
