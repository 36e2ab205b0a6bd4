import type { TFunction } from "i18next";

import type { Agent, AgentStateName } from "../api/live";
import en from "../i18n/en.json";

type KnownReason = keyof typeof en.state.reason;

/** A reason for a state: known ones in the reader's language, others as they were given. */
export function reasonWords(t: TFunction, reason: string): string {
  return reason in en.state.reason ? t(`state.reason.${reason as KnownReason}`) : reason;
}

type KnownDecline = keyof typeof en.offer.declined;

/** Why an offer was declined; what another program said stays as it was given. */
export function declineWords(t: TFunction, reason: string): string {
  return reason in en.offer.declined ? t(`offer.declined.${reason as KnownDecline}`) : reason;
}

/** A state with its reason in its place: «Lunch», «Available», «On a call». */
export function stateWords(t: TFunction, state: AgentStateName, reason: string): string {
  return state === "away" && reason !== "" ? reasonWords(t, reason) : t(`state.${state}`);
}

/** What comes after the present work, when it was requested; null: available, as usual. */
export function nextWords(t: TFunction, agent: Agent): string | null {
  if (agent.next_state === null) return null;
  const state = stateWords(t, agent.next_state, agent.next_reason);
  return agent.by === "" ? t("state.next", { state }) : t("state.nextBy", { state, name: agent.by });
}

/** Who calls, by the first name that is known; nobody's call has an empty one. */
export function callerWords(t: TFunction, ...names: readonly (string | null | undefined)[]): string {
  return names.find((name) => typeof name === "string" && name !== "") ?? t("desk.unknownCaller");
}
