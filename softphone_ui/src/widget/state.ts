/** What the caller sees, as a pure function of what happened. */

export type ServerState = "connecting" | "ivr" | "waiting" | "ringing" | "talking" | "held" | "ended";
export type Phase = "idle" | "asking" | "no_microphone" | "no_media" | "refused" | ServerState;

export interface WidgetState {
  readonly phase: Phase;
  readonly position: number | null;
  readonly muted: boolean;
  /** When the talk began, milliseconds of the browser's clock. */
  readonly talkingSince: number | null;
  readonly keypad: boolean;
  readonly digits: string;
  /** Sound stopped arriving; the call may come back by itself. */
  readonly weak: boolean;
  readonly tooMany: boolean;
}

export type WidgetEvent =
  | { type: "call_pressed" }
  | { type: "microphone_refused" }
  | { type: "placed" }
  | { type: "no_media" }
  | { type: "refused"; tooMany: boolean }
  | { type: "told"; state: ServerState; position: number | null; now: number }
  | { type: "muted"; muted: boolean }
  | { type: "keypad_toggled" }
  | { type: "digit"; digit: string }
  | { type: "line"; weak: boolean }
  | { type: "ended" };

export const idle: WidgetState = {
  phase: "idle",
  position: null,
  muted: false,
  talkingSince: null,
  keypad: false,
  digits: "",
  weak: false,
  tooMany: false,
};

const IN_CALL: ReadonlySet<Phase> = new Set(["connecting", "ivr", "waiting", "ringing", "talking", "held"]);

export function inCall(state: WidgetState): boolean {
  return IN_CALL.has(state.phase);
}

export function next(state: WidgetState, event: WidgetEvent): WidgetState {
  if (event.type === "call_pressed") return inCall(state) || state.phase === "asking" ? state : { ...idle, phase: "asking" };
  if (event.type === "microphone_refused") return { ...idle, phase: "no_microphone" };
  if (event.type === "no_media") return { ...idle, phase: "no_media" };
  if (event.type === "refused") return { ...idle, phase: "refused", tooMany: event.tooMany };
  if (event.type === "placed") return { ...state, phase: "connecting" };
  // Whatever else is still on its way when the call is over changes nothing.
  return inCall(state) ? during(state, event) : state;
}

function during(state: WidgetState, event: WidgetEvent): WidgetState {
  switch (event.type) {
    case "told":
      return told(state, event);
    case "muted":
      return { ...state, muted: event.muted };
    case "keypad_toggled":
      return { ...state, keypad: !state.keypad };
    case "digit":
      return { ...state, digits: (state.digits + event.digit).slice(-16) };
    case "line":
      return { ...state, weak: event.weak };
    case "ended":
      return { ...idle, phase: "ended" };
    default:
      return state;
  }
}

function told(state: WidgetState, news: { state: ServerState; position: number | null; now: number }): WidgetState {
  if (news.state === "ended") return { ...idle, phase: "ended" };
  // Each second it is told; most of the time it is no news.
  if (news.state === state.phase && news.position === state.position) return state;
  return {
    ...state,
    phase: news.state,
    position: news.position,
    talkingSince: news.state === "talking" ? (state.talkingSince ?? news.now) : state.talkingSince,
    // The menu wants digits: its keypad is open from the start, once.
    keypad: state.phase === "connecting" && news.state === "ivr" ? true : state.keypad,
  };
}
