/** Questions that several screens ask of the live state. Pure; each takes the state (or its parts) and answers. */
import type { Agent, Call, Entry, Offer, Party, Queue, Work } from "../api/live";
import type { LiveState } from "./reducer";

export function myAgent(state: LiveState): Agent | null {
  const id = state.me?.agent_id ?? null;
  return id === null ? null : (state.agents[id] ?? null);
}

/** Offers to me, the one that runs out first at the head. */
export function myOffers(offers: LiveState["offers"], agentId: string | null): Offer[] {
  return Object.values(offers)
    .filter((offer) => offer.agent_id === agentId)
    .sort((a, b) => a.expires_at - b.expires_at);
}

/** What somebody does in a call: has it, helps whoever has it, or writes up what they had of it. */
export type Part = "agent" | "colleague" | "wrap_up";
const RUNNING = new Set<Call["state"]>(["dialling", "talking", "held"]);
const HERE = new Set<Party["state"]>(["joined", "held", "away"]);

/** Whoever talks in it has that part, also when something of earlier is still to be written up. */
export function partIn(call: Call, agentId: string | null): Part | null {
  if (agentId === null) return null;
  if (RUNNING.has(call.state)) {
    if (call.agent_id === agentId) return "agent";
    const helps = call.parties.some((party) => party.role === "consultant" && party.agent_id === agentId && HERE.has(party.state));
    if (helps || (call.asked?.purpose === "consultation" && call.asked.taken_by === agentId)) return "colleague";
  }
  return wrapUpOf(call, agentId) === undefined ? null : "wrap_up";
}

export function wrapUpOf(call: Call, agentId: string | null): Call["wrap_ups"][number] | undefined {
  return call.wrap_ups.find((each) => each.agent_id === agentId);
}

/** Calls in my hands: talking first, then what still wants its wrap-up. */
export function myCalls(calls: LiveState["calls"], agentId: string | null): Call[] {
  const writing = (call: Call): number => Number(partIn(call, agentId) === "wrap_up");
  return Object.values(calls)
    .filter((call) => partIn(call, agentId) !== null)
    .sort((a, b) => writing(a) - writing(b) || a.started_at - b.started_at);
}

/** Whether I am in a call: whose it is, who helps, or who listens to it. */
export function isInCall(state: LiveState): boolean {
  const { me, calls } = state;
  if (me === null) return false;
  return Object.values(calls).some((call) => {
    const part = partIn(call, me.agent_id);
    return part === "agent" || part === "colleague" || call.parties.some((party) => party.user_id === me.user_id);
  });
}

/** Whether a call rings for me, runs, or waits for its wrap-up. */
export function hasWork(state: LiveState): boolean {
  const id = state.me?.agent_id ?? null;
  return myCalls(state.calls, id).length > 0 || myOffers(state.offers, id).length > 0;
}

/** Queues by need: the longest waiting first, then by name. */
export function queuesByNeed(queues: LiveState["queues"]): Queue[] {
  return Object.values(queues).sort(
    (a, b) => (a.oldest_since ?? Infinity) - (b.oldest_since ?? Infinity) || a.name.localeCompare(b.name),
  );
}

export function queuesByName(queues: LiveState["queues"]): Queue[] {
  return Object.values(queues).sort((a, b) => a.name.localeCompare(b.name));
}

/** Signed-in agents by state (busy, wrap-up, ringing, available, not reachable, away), the longest in its state first. */
export function agentsByState(agents: LiveState["agents"]): Agent[] {
  const order: Record<Agent["state"], number> = { busy: 0, wrap_up: 1, offered: 2, available: 3, unreachable: 4, away: 5, signed_out: 6 };
  return Object.values(agents)
    .filter((agent) => agent.state !== "signed_out")
    .sort((a, b) => order[a.state] - order[b.state] || a.since - b.since || a.name.localeCompare(b.name));
}

/** Calls in progress: those waiting longest first, then conversations, then callers in the menu. */
export function conversationsNow(calls: LiveState["calls"]): Call[] {
  const order: Record<Call["state"], number> = { talking: 0, held: 0, dialling: 1, ringing: 1, waiting: 2, ivr: 3, wrap_up: 4, ended: 5 };
  return Object.values(calls)
    .filter((call) => call.state !== "ended" && call.state !== "wrap_up")
    .sort((a, b) => order[a.state] - order[b.state] || a.started_at - b.started_at);
}

/** Red before amber before grey, then the oldest first. */
export function attentionInOrder(entries: LiveState["attention"]): Entry[] {
  const order: Record<Entry["severity"], number> = { red: 0, amber: 1, grey: 2 };
  return Object.values(entries).sort((a, b) => order[a.severity] - order[b.severity] || a.since - b.since || a.entry_id.localeCompare(b.entry_id));
}

/** Everybody who waits, queue by queue in the order of names, the next first; ringing somewhere does not give the place away. */
export function linesByName(queues: LiveState["queues"], lines: LiveState["lines"], works: LiveState["work_items"]): { queue: Queue; waiting: Work[] }[] {
  return queuesByName(queues).map((queue) => ({ queue, waiting: inLine(queue.queue_id, lines, works) }));
}

const IN_LINE = new Set<Work["state"]>(["waiting", "offered"]);

/** Those who are new or were moved here and have no place yet stand at the end, until the line is told. */
function inLine(queueId: string, lines: LiveState["lines"], works: LiveState["work_items"]): Work[] {
  const placed = new Map(lines[queueId]?.places.map((place, index) => [place.work_id, index]));
  const last = placed.size;
  return Object.values(works)
    .filter((work) => work.queue_id === queueId && IN_LINE.has(work.state) && work.purpose !== "consultation")
    .sort((a, b) => (placed.get(a.work_id) ?? last) - (placed.get(b.work_id) ?? last) || a.enqueued_at - b.enqueued_at);
}

/** Callbacks that wait outside the line for their time, the first to come at the head. */
export function laterOnes(works: LiveState["work_items"]): Work[] {
  return Object.values(works)
    .filter((work) => work.state === "scheduled")
    .sort((a, b) => a.until - b.until);
}

/** The latest words of either side, finished or not; what the call carries is from before this page came. */
export function lastWords(call: Call, segments: LiveState["segments"][string] | undefined): string {
  const latest = segments?.reduce<typeof segments[number] | undefined>((newest, each) => (newest === undefined || each.at >= newest.at ? each : newest), undefined);
  return latest === undefined || latest.text === "" ? call.last_words : latest.text;
}
