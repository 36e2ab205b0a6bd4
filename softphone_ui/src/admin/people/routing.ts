/** What a person with these skills will be given. Pure; the server decides the same (`server/people/agents.py`). */
import type { TFunction } from "i18next";

import type { Document, Levels } from "../../api/configuration";
import type { Role } from "../../api/live";
import { listed } from "../../common/listed";

/** Names of the queues whose every skill is there at the level that is asked for. */
export function served(document: Document, skills: Levels): string[] {
  return Object.values(document.queues)
    .filter((queue) => Object.entries(queue.requirements).every(([skill, level]) => (skills[skill] ?? 0) >= level))
    .map((queue) => queue.name)
    .sort((one, other) => one.localeCompare(other));
}

/** Roles that look after others' work, and may be given certain queues only. An administrator sees everything anyway. */
export const LOOKS_AFTER: readonly Role[] = ["supervisor", "reviewer", "planner"];

/** Names of the queues that somebody is given; null: of every one. */
function seenQueues(document: Document | undefined, user: { role: Role; only_queues: readonly string[] | null }): string[] | null {
  if (user.only_queues === null || !LOOKS_AFTER.includes(user.role)) return null;
  return user.only_queues.map((id) => document?.queues[id]?.name ?? id).sort((one, other) => one.localeCompare(other));
}

/** «Billing, Orders», «All queues» */
export function seenWords(t: TFunction, document: Document | undefined, user: { role: Role; only_queues: readonly string[] | null }): string {
  const seen = seenQueues(document, user);
  return seen === null ? t("people.allQueues") : listed(seen);
}

/** «Billing 2, English 4» */
export function skillWords(document: Document | undefined, skills: Levels): string {
  const words = Object.entries(skills).map(([skill, level]) => `${document?.skills[skill] ?? skill} ${level}`);
  return listed(words.sort((one, other) => one.localeCompare(other)));
}
