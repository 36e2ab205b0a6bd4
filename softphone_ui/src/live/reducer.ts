/**
 * The only live state of the application, as a pure function of the server's messages.
 *
 * Invariant: after any sequence of messages the state equals what a fresh snapshot at the same `seq` would give, or
 * `gap` is true and the shell asks again from `seq`. Nothing here reads a clock: the time of arrival is an argument.
 */
import type {
  Agent,
  Call,
  Checked,
  Entry,
  Line,
  LiveMessage, Missing,
  Me,
  Numbers,
  Offer,
  OfferEnd,
  Pop,
  Queue,
  Segment,
  Settings,
  Snapshot,
  System,
  Work,
} from "../api/live";


type ById<T> = Readonly<Record<string, T>>;

export interface LiveState {
  /** Null until the first `hello`. With `seq` it is what a reconnecting browser says it has. */
  readonly epoch: string | null;
  readonly seq: number;
  /** A message is missing: the connection must be made again, from `seq`. */
  readonly gap: boolean;
  /** False until the first snapshot: the screen shows skeletons. */
  readonly ready: boolean;
  readonly me: Me | null;
  readonly agents: ById<Agent>;
  readonly queues: ById<Queue>;
  readonly calls: ById<Call>;
  readonly offers: ById<Offer>;
  readonly work_items: ById<Work>;
  /** By queue: who waits there, the next first. */
  readonly lines: ById<Line>;
  readonly pops: ById<Pop>;
  readonly segments: ById<readonly Segment[]>;
  /** What needs attention, by cause and place. */
  readonly attention: ById<Entry>;
  /** What did within a day and does no longer, the newest first. */
  readonly cleared: readonly Entry[];
  /** The last look at everything; null: there was none yet. */
  readonly checked: Checked | null;
  readonly system: System | null;
  readonly numbers: Numbers | null;
  readonly settings: Settings;
  readonly missing: readonly Missing[];
  /** How the last offer ended, for a word to the agent. */
  readonly lastOfferEnd: { readonly offerId: string; readonly cause: OfferEnd; readonly at: number } | null;
  /** Server clock minus browser clock, seconds: clocks on screen run on the server's time. */
  readonly clockOffset: number;
  /** Browser time of the last message, seconds. */
  readonly heardAt: number;
  /** Messages of a type this page does not know; ignored, counted. */
  readonly unknown: number;
  /** Messages that had been applied before; ignored, counted. */
  readonly repeated: number;
}

export const emptyState: LiveState = {
  epoch: null,
  seq: 0,
  gap: false,
  ready: false,
  me: null,
  agents: {},
  queues: {},
  calls: {},
  offers: {},
  work_items: {},
  lines: {},
  pops: {},
  segments: {},
  attention: {},
  cleared: [],
  checked: null,
  system: null,
  numbers: null,
  settings: { away_reasons: [], first_steps: true },
  missing: [],
  lastOfferEnd: null,
  clockOffset: 0,
  heardAt: 0,
  unknown: 0,
  repeated: 0,
};

/** Clocks that differ by less than this are left alone, so that running times on screen never stutter. */
const CLOCK_TOLERANCE_S = 0.75;

/** Applies one message that arrived at `at` (browser clock, seconds). */
export function reduce(state: LiveState, message: LiveMessage, at: number): LiveState {
  const heard = { ...state, heardAt: at };
  switch (message.type) {
    case "hello":
      return greeted(heard, message, at);
    case "tick":
      return { ...heard, ...numbered(state, message.seq, "optional"), clockOffset: offset(state, message.at, at) };
    case "snapshot":
      return { ...heard, ...fromSnapshot(message), seq: message.seq, gap: false, ready: true };
    default:
      return applied(heard, message, at);
  }
}

function greeted(state: LiveState, hello: { epoch: string; resumed: boolean; at: number; seq: number }, at: number): LiveState {
  const clockOffset = offset(state, hello.at, at);
  if (hello.resumed && hello.epoch === state.epoch) return { ...state, gap: false, clockOffset };
  return { ...state, epoch: hello.epoch, seq: hello.seq, gap: false, clockOffset };
}

function applied(state: LiveState, message: Exclude<LiveMessage, { type: "hello" | "tick" | "snapshot" }>, at: number): LiveState {
  if (message.seq <= state.seq && message.type !== "refused") return { ...state, repeated: state.repeated + 1 };
  const counted = { ...state, ...numbered(state, message.seq, message.type === "refused" ? "optional" : "counts") };
  if (counted.gap) return counted;
  return { ...counted, ...change(counted, message, at) };
}

/** The part of the state that one entity message changes. */
function change(
  state: LiveState,
  message: Exclude<LiveMessage, { type: "hello" | "tick" | "snapshot" }>,
  at: number,
): Partial<LiveState> {
  switch (message.type) {
    case "agent":
      return { agents: { ...state.agents, [message.agent.agent_id]: message.agent } };
    case "agent_removed":
      return { agents: without(state.agents, message.agent_id) };
    case "queue":
      return { queues: { ...state.queues, [message.queue.queue_id]: message.queue } };
    case "queue_removed":
      return { queues: without(state.queues, message.queue_id), lines: without(state.lines, message.queue_id) };
    case "call":
      return { calls: { ...state.calls, [message.call.call_id]: message.call } };
    case "call_removed":
      return {
        calls: without(state.calls, message.call_id),
        pops: without(state.pops, popOf(state, message.call_id)?.interaction_id),
        segments: without(state.segments, message.call_id),
      };
    case "offer":
      return {
        offers: { ...state.offers, [message.offer.offer_id]: message.offer },
        ...(message.offer.pop ? { pops: { ...state.pops, [message.offer.pop.interaction_id]: message.offer.pop } } : {}),
      };
    case "offer_ended":
      return {
        offers: without(state.offers, message.offer_id),
        lastOfferEnd: { offerId: message.offer_id, cause: message.cause, at },
      };
    case "work":
      return { work_items: { ...state.work_items, [message.work.work_id]: message.work } };
    case "work_removed":
      return { work_items: without(state.work_items, message.work_id) };
    case "line":
      return { lines: { ...state.lines, [message.line.queue_id]: message.line } };
    case "pop":
      return { pops: { ...state.pops, [message.pop.interaction_id]: message.pop } };
    case "segment":
      return { segments: withSegment(state.segments, message.segment) };
    case "attention":
      return withEntry(state, message.entry);
    case "checked":
      return { checked: message.checked };
    case "system":
      return { system: message.system };
    case "numbers":
      return { numbers: message.numbers };
    case "settings":
      return { settings: message.settings };
    case "missing":
      return { missing: message.missing };
    case "refused":
      return {};
    default:
      return { unknown: state.unknown + 1 };
  }
}

/** Sequence rule: entity messages count up by one; ticks and refusals may carry the last number again. */
function numbered(state: LiveState, seq: number, kind: "counts" | "optional"): { seq: number; gap: boolean } {
  if (seq === state.seq + 1) return { seq, gap: state.gap };
  if (kind === "optional" && seq <= state.seq) return { seq: state.seq, gap: state.gap };
  return { seq: state.seq, gap: true };
}

function fromSnapshot(snapshot: Snapshot): Partial<LiveState> {
  const offers = byId(snapshot.offers, (offer) => offer.offer_id);
  const popsOfOffers = Object.fromEntries(snapshot.offers.flatMap(({ pop }) => (pop ? [[pop.interaction_id, pop] as const] : [])));
  return {
    me: snapshot.me,
    agents: byId(snapshot.agents, (agent) => agent.agent_id),
    queues: byId(snapshot.queues, (queue) => queue.queue_id),
    calls: byId(snapshot.calls, (call) => call.call_id),
    offers,
    work_items: byId(snapshot.work_items, (work) => work.work_id),
    lines: byId(snapshot.lines, (line) => line.queue_id),
    pops: { ...popsOfOffers, ...snapshot.pops },
    segments: Object.fromEntries(Object.entries(snapshot.segments).map(([call, list]) => [call, inSpokenOrder(list)])),
    attention: byId(snapshot.attention, keyOf),
    cleared: snapshot.cleared,
    checked: snapshot.checked,
    system: snapshot.system,
    numbers: snapshot.numbers,
    settings: snapshot.settings,
    missing: snapshot.missing,
  };
}

function withSegment(all: LiveState["segments"], segment: Segment): LiveState["segments"] {
  const list = all[segment.call_id] ?? [];
  const isSame = (have: Segment): boolean => have.leg_id === segment.leg_id && have.utterance === segment.utterance;
  // A final is never replaced by a partial that was on its way.
  if (!segment.final && list.some((have) => have.final && isSame(have))) return all;
  return { ...all, [segment.call_id]: inSpokenOrder([...list.filter((have) => !isSame(have)), segment]) };
}

/** The same cause in the same place: at most one entry stands for it. */
const keyOf = ({ code, subject }: Entry): string => `${code}:${subject.kind}:${subject.id}`;
const MOST_CLEARED = 200;

function withEntry({ attention, cleared }: LiveState, entry: Entry): Partial<LiveState> {
  if (entry.cleared_at === null) return { attention: { ...attention, [keyOf(entry)]: entry } };
  const others = cleared.filter((each) => each.entry_id !== entry.entry_id);
  return { attention: without(attention, keyOf(entry)), cleared: [entry, ...others].slice(0, MOST_CLEARED) };
}

/**
 * By the moment each utterance began, unfinished ones too: a sentence has its place from its first word on and keeps it when it
 * becomes final, whatever the other side says meanwhile. One that came to nothing (an empty final) is not shown.
 */
function inSpokenOrder(segments: readonly Segment[]): Segment[] {
  return segments
    .filter((segment) => segment.text !== "")
    .sort((a, b) => a.start_ms - b.start_ms || b.speaker.localeCompare(a.speaker) || a.utterance - b.utterance);
}

function offset(state: LiveState, serverAt: number, at: number): number {
  const seen = serverAt - at;
  return Math.abs(seen - state.clockOffset) > CLOCK_TOLERANCE_S ? seen : state.clockOffset;
}

function byId<T>(list: readonly T[], id: (item: T) => string): ById<T> {
  return Object.fromEntries(list.map((item) => [id(item), item]));
}

function popOf(state: LiveState, callId: string): Pop | undefined {
  return Object.values(state.pops).find((pop) => pop.call_id === callId);
}

function without<T>(all: ById<T>, id: string | undefined): ById<T> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => key !== id));
}
