/** What a person with these skills will be given. Pure; the server decides the same (`server/people/agents.py`). */
import type { Document, Levels } from "../../api/configuration";

/** Names of the queues whose every skill is there at the level that is asked for. */
export function served(document: Document, skills: Levels): string[] {
  return Object.values(document.queues)
    .filter((queue) => Object.entries(queue.requirements).every(([skill, level]) => (skills[skill] ?? 0) >= level))
    .map((queue) => queue.name)
    .sort((one, other) => one.localeCompare(other));
}

/** «Billing 2, English 4» */
export function skillWords(document: Document | undefined, skills: Levels): string {
  return Object.entries(skills)
    .map(([skill, level]) => `${document?.skills[skill] ?? skill} ${level}`)
    .sort((one, other) => one.localeCompare(other))
    .join(", ");
}
