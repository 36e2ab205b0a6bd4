/**
 * Which conversation a supervisor listens to, whispers in or has joined. Pure: what was pressed, what the server says and how one's
 * audio is, in; the state and the request that is due, out.
 *
 * Invariant: `now` is what the server says and nothing else. What was pressed leads to a request, and is kept so that a leg that
 * takes the place of a lost one takes its place in the conversation too; it ends with the conversation, and when somebody else
 * ended it.
 */
import type { SupervisionMode } from "../api/actions";
import type { Call, Party } from "../api/live";
import { partIn, type Part } from "../live/selectors";

export interface Place {
  readonly callId: string;
  readonly mode: SupervisionMode;
}

export interface Request extends Place {
  readonly legId: string;
}

export interface Supervision {
  readonly now: Place | null;
  readonly wanted: Place | null;
  /** Last asked for in the cause of `wanted`. */
  readonly asked: Request | null;
  /** The server has said so since. */
  readonly confirmed: boolean;
  /** Of my audio, while it is connected. */
  readonly legId: string | null;
  /** I am in a conversation of my own: my audio belongs to it. */
  readonly busy: boolean;
}

export const nobody: Supervision = { now: null, wanted: null, asked: null, confirmed: false, legId: null, busy: false };

export type SupervisionEvent =
  | { readonly type: "pressed"; readonly place: Place }
  | { readonly type: "stopped" }
  | { readonly type: "told"; readonly now: Place | null; readonly open: ReadonlySet<string>; readonly busy: boolean }
  | { readonly type: "audio"; readonly legId: string | null }
  | { readonly type: "asked"; readonly request: Request }
  | { readonly type: "refused"; readonly request: Request };

const NOTHING_WANTED = { wanted: null, asked: null, confirmed: false } as const;

export function step(state: Supervision, event: SupervisionEvent): Supervision {
  switch (event.type) {
    case "pressed":
      return state.busy ? state : { ...state, ...NOTHING_WANTED, wanted: event.place };
    case "stopped":
      return { ...state, ...NOTHING_WANTED };
    case "told":
      return told({ ...state, now: event.now, busy: event.busy }, event.open);
    case "audio":
      return { ...state, legId: event.legId };
    case "asked":
      return { ...state, asked: event.request, confirmed: false };
    case "refused":
      return event.request === state.asked ? refused(state) : state;
  }
}

function told(state: Supervision, open: ReadonlySet<string>): Supervision {
  const { now, wanted, asked, confirmed, legId, busy } = state;
  if (wanted === null) return state;
  if (busy) return { ...state, ...NOTHING_WANTED };
  if (same(now, wanted)) return { ...state, confirmed: asked !== null };
  // The same conversation in another way: another tab of mine, or the agent whom I whispered to has gone.
  if (now?.callId === wanted.callId && confirmed) return { ...state, wanted: now, asked: asked === null ? null : { ...asked, ...now } };
  if (!open.has(wanted.callId)) return { ...state, ...NOTHING_WANTED };
  if (!confirmed) return state;
  const audioLost = now === null && asked?.legId !== legId;
  return audioLost ? { ...state, asked: null, confirmed: false } : { ...state, ...NOTHING_WANTED };
}

/** What was before goes on. */
function refused(state: Supervision): Supervision {
  const { now, legId } = state;
  if (now === null || legId === null) return { ...state, ...NOTHING_WANTED };
  return { ...state, wanted: now, asked: { ...now, legId }, confirmed: true };
}

export function same(one: Place | null, other: Place | null): boolean {
  return one !== null && other !== null && one.callId === other.callId && one.mode === other.mode;
}

/** What the server is to be asked for now; null: nothing. */
export function due({ wanted, asked, legId }: Supervision): Request | null {
  if (wanted === null || legId === null || (same(asked, wanted) && asked?.legId === legId)) return null;
  return { ...wanted, legId };
}

/** Whoever only listens sends nothing; from a whisper on as soon as Listen is pressed, and until the server has said otherwise. */
export function isSilent({ now, wanted, busy }: Supervision): boolean {
  return !busy && (now?.mode === "listen" || wanted?.mode === "listen");
}

/** Whoever listens to nothing and waits for nothing has no microphone open. */
export function needsAudio({ now, wanted }: Supervision): boolean {
  return now !== null || wanted !== null;
}

/** Pressed, and the server has not said so yet. */
export function pending({ now, wanted }: Supervision): Place | null {
  return same(now, wanted) ? null : wanted;
}

/** The conversation that goes on without me, though I did not stop; null: there is none. */
export function takenFrom(before: Supervision, after: Supervision, open: ReadonlySet<string>): string | null {
  const { wanted, confirmed } = before;
  const gone = wanted !== null && confirmed && after.wanted === null && after.now === null && open.has(wanted.callId);
  return gone ? wanted.callId : null;
}

const IN_CONVERSATION = new Set<Call["state"]>(["talking", "held"]);

export function isOpen(call: Pick<Call, "state">): boolean {
  return IN_CONVERSATION.has(call.state);
}

const TALKS = new Set<Part | null>(["agent", "colleague"]);

/** What the live view says of this person. */
export function toldBy(calls: Readonly<Record<string, Call>>, me: { readonly user_id: string; readonly agent_id: string | null }): Extract<SupervisionEvent, { type: "told" }> {
  const all = Object.values(calls);
  const places = all.flatMap((call) => call.parties.filter((party) => party.role === "supervisor" && party.user_id === me.user_id).map(({ mode }) => ({ callId: call.call_id, mode: WAYS[mode] })));
  return {
    type: "told",
    now: places[0] ?? null,
    open: new Set(all.filter(isOpen).map((call) => call.call_id)),
    busy: me.agent_id !== null && all.some((call) => isOpen(call) && TALKS.has(partIn(call, me.agent_id))),
  };
}

/** As supervisors say it. */
const WAYS: Record<Party["mode"], SupervisionMode> = { listen: "listen", whisper: "whisper", talk: "join" };
const BY_WEIGHT: readonly SupervisionMode[] = ["join", "whisper", "listen"];

/** Of several who supervise a call, the way that the agent notices most. */
export function foremost(parties: readonly Pick<Party, "role" | "mode">[]): SupervisionMode | null {
  return BY_WEIGHT.find((way) => parties.some(({ role, mode }) => role === "supervisor" && WAYS[mode] === way)) ?? null;
}
