import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { WidgetApi } from "./api";
import { WidgetCall } from "./call";
import { idle, inCall, type WidgetState } from "./state";
import { texts, type Say, type Text } from "./texts";

export interface WidgetOptions {
  number: string;
  server: string;
  language: string;
  displayName: string;
  /** A number to ring instead when no sound comes through; empty: none is told. */
  phone: string;
  open: boolean;
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** A round button at the corner; open, a card with the call's state and its few controls. */
export function Widget({ options }: { options: WidgetOptions }) {
  const say = useMemo(() => texts(options.language), [options.language]);
  const [state, setState] = useState<WidgetState>(idle);
  const [open, setOpen] = useState(options.open);
  const call = useMemo(() => new WidgetCall(new WidgetApi(options.server), setState), [options.server]);
  if (!open) {
    return (
      <button type="button" class="bubble" onClick={() => setOpen(true)}>
        <Handset />
        {inCall(state) ? say(wordOf(state), { position: state.position ?? "" }) : say("open")}
      </button>
    );
  }
  return (
    <section class="card" aria-label={say("title")}>
      <header>
        <b>{say("title")}</b>
        <button type="button" class="close" aria-label={say("close")} onClick={() => setOpen(false)}>
          ×
        </button>
      </header>
      <Status state={state} say={say} phone={options.phone} />
      {inCall(state) ? (
        <Controls state={state} say={say} call={call} />
      ) : (
        <button type="button" class="call" disabled={state.phase === "asking"} onClick={() => void call.call(options.number, options.displayName)}>
          <Handset />
          {say(state.phase === "idle" || state.phase === "asking" ? "call" : "again")}
        </button>
      )}
    </section>
  );
}

function wordOf(state: WidgetState): Text {
  if (state.weak && inCall(state)) return "reconnecting";
  return state.phase === "waiting" && state.position !== null ? "waitingAt" : state.phase;
}

function Status({ state, say, phone }: { state: WidgetState; say: Say; phone: string }) {
  const help = state.phase === "idle" ? say("lead") : helpOf(state, say);
  return (
    <div class="status" data-phase={state.phase}>
      <div class="word" role="status">
        {say(wordOf(state), { position: state.position ?? "" })}
      </div>
      <div class="help">
        {state.talkingSince === null ? help : <Clock since={state.talkingSince} />}
        {state.phase === "no_media" && phone !== "" && (
          <>
            {" "}
            {say("callInstead")} <a href={`tel:${phone.replace(/[^+\d]/g, "")}`}>{phone}</a>
          </>
        )}
      </div>
    </div>
  );
}

function helpOf(state: WidgetState, say: Say): string {
  if (state.phase === "no_microphone") return say("no_microphoneHelp");
  if (state.phase === "no_media") return say("no_mediaHelp");
  if (state.phase === "refused") return say(state.tooMany ? "busyHelp" : "refusedHelp");
  return "";
}

function Clock({ since }: { since: number }) {
  const passed = useCallback(() => Math.max(0, Math.floor((Date.now() - since) / 1000)), [since]);
  const [seconds, setSeconds] = useState(passed);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(passed()), 500);
    return () => clearInterval(timer);
  }, [passed]);
  return (
    <span>
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
    </span>
  );
}

function Controls({ state, say, call }: { state: WidgetState; say: Say; call: WidgetCall }) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <>
      <div class="controls">
        <button type="button" ref={first} aria-pressed={state.muted} onClick={() => call.setMuted(!state.muted)}>
          {say(state.muted ? "unmute" : "mute")}
        </button>
        <button type="button" aria-pressed={state.keypad} onClick={() => call.toggleKeypad()}>
          {say("keypad")}
        </button>
        <button type="button" class="end" onClick={() => call.hangUp()}>
          {say("hangUp")}
        </button>
      </div>
      {state.keypad && (
        <div class="keypad" role="group" aria-label={say("keypad")}>
          <output aria-label={say("digits")}>{state.digits}</output>
          {KEYS.map((key) => (
            <button key={key} type="button" onClick={() => call.press(key)}>
              {key}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

function Handset() {
  return (
    <svg width="18" height="18" viewBox="0 0 24 24" aria-hidden="true">
      <path
        d="M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2"
        fill="none"
        stroke="currentColor"
        stroke-width="1.8"
        stroke-linejoin="round"
      />
    </svg>
  );
}
