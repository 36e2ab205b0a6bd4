/** Which pages a person may open: asked by the rail, by links and at the page itself. What is on a page is the server's to decide. */
import type { Me } from "../api/live";

export type PageName = "desk" | "board" | "calls" | "customer" | "reports" | "admin";

const OPENS: Record<PageName, (me: Me) => boolean> = {
  desk: (me) => me.agent_id !== null,
  board: (me) => me.permissions.includes("board"),
  calls: (me) => me.permissions.includes("history"),
  customer: (me) => me.permissions.includes("customers"),
  reports: (me) => me.permissions.includes("reports"),
  admin: (me) => me.permissions.includes("administer"),
};

export function mayOpen(me: Me, page: PageName): boolean {
  return OPENS[page](me);
}

/** Listen to conversations, whisper, join; whose, the server decides. An administrator as shipped hears nobody's. */
export function maySupervise(me: Pick<Me, "permissions" | "agent_id" | "recordings">): boolean {
  return me.permissions.includes("supervise") && me.recordings !== "own" && (me.agent_id !== null || me.permissions.includes("audio"));
}
