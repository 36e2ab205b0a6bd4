/** What a person with these skills will be given. Pure; the server decides the same (`server/people/agents.py`). */
import type { Document, Levels } from "../../api/configuration";
import type { Role } from "../../api/live";

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
export function seenQueues(document: Document | undefined, user: { role: Role; only_queues: readonly string[] | null }): string[] | null {
  if (user.only_queues === null || !LOOKS_AFTER.includes(user.role)) return null;
  return user.only_queues.map((id) => document?.queues[id]?.name ?? id).sort((one, other) => one.localeCompare(other));
}

/** «Billing 2, English 4» */
export function skillWords(document: Document | undefined, skills: Levels): string {
  return Object.entries(skills)
    .map(([skill, level]) => `${document?.skills[skill] ?? skill} ${level}`)
    .sort((one, other) => one.localeCompare(other))
    .join(", ");
}
