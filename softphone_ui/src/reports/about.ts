/** What a report may be about, as in its address. */
export const ABOUT = ["queues", "skills", "channels", "agents"] as const;
export type About = (typeof ABOUT)[number];

/** The field in which a row, and a question, says it. */
export const KEY_OF = { queues: "queue_id", skills: "skill", channels: "channel", agents: "agent_id" } as const;
