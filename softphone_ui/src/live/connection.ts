/**
 * The WebSocket under the live view: connects, resumes by epoch and sequence number, backs off, and says how it is.
 *
 * A thin shell: what a message means is decided in `reducer.ts`. A lost connection never touches the call, whose sound
 * has its own way; the screen says so.
 */
import type { AudioReport, LiveMessage } from "../api/live";
import { emptyState, reduce, type LiveState } from "./reducer";

export type ConnectionState = "connecting" | "open" | "reconnecting" | "refused";

export interface LiveView {
  readonly state: LiveState;
  readonly connection: ConnectionState;
  /** Browser time at which the connection was lost, seconds; null while it is up. */
  readonly lostAt: number | null;
  /** What the server said when it refused: why the sign-in is over. Empty while it is not. */
  readonly why: string;
}

/** The server sends a tick every 5 s; a line silent for three of them is dead. */
export const SILENCE_LIMIT_S = 15;
/** Application close code of the server for «not signed in». */
const CLOSE_NOT_SIGNED_IN = 4401;
const POLICY_VIOLATION = 1008;
/** Whoever chose it goes on with another cookie, which this connection finds when it comes back. */
const NEW_PASSWORD = "password_changed";

/** 0.5, 1, 2, 4, 8, then 10 s, each shortened by up to a third so that a hundred desks do not return at the same instant. */
export function backOff(attempt: number, random: number): number {
  return Math.min(10, 0.5 * 2 ** attempt) * (1 - random / 3);
}

export class LiveConnection {
  private view: LiveView = { state: emptyState, connection: "connecting", lostAt: null, why: "" };
  private readonly listeners = new Set<() => void>();
  private socket: WebSocket | null = null;
  private attempt = 0;
  private retry: number | undefined;
  private watchdog: number | undefined;
  private stopped = false;
  /** Whether the sign-in that followed on a new password was looked for. */
  private lookedAgain = false;
  private readonly url: string;
  private readonly now: () => number;

  constructor(url: string, now: () => number) {
    this.url = url;
    this.now = now;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): LiveView => this.view;

  start(): void {
    this.stopped = false;
    this.connect();
    this.watchdog = window.setInterval(() => this.checkSilence(), 2000);
    window.addEventListener("online", this.retryNow);
  }

  stop(): void {
    this.stopped = true;
    window.clearTimeout(this.retry);
    window.clearInterval(this.watchdog);
    window.removeEventListener("online", this.retryNow);
    this.socket?.close();
    this.socket = null;
  }

  /** Says how this browser's audio is; dropped while the line is down, because the next report follows within 2 s. */
  report(audio: AudioReport): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(audio));
  }

  private connect(): void {
    const { epoch, seq } = this.view.state;
    const socket = new WebSocket(epoch === null ? this.url : `${this.url}?epoch=${encodeURIComponent(epoch)}&since=${seq}`);
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => this.receive(socket, event.data);
    socket.onclose = (event) => this.closed(socket, event.code, event.reason);
  }

  private receive(socket: WebSocket, data: string): void {
    if (socket !== this.socket) return;
    const state = reduce(this.view.state, JSON.parse(data) as LiveMessage, this.now());
    if (state.gap) {
      this.publish({ ...this.view, state });
      socket.close();
      return;
    }
    this.attempt = 0;
    this.lookedAgain = false;
    this.publish({ state, connection: "open", lostAt: null, why: "" });
  }

  private closed(socket: WebSocket, code: number, why: string): void {
    if (socket !== this.socket || this.stopped) return;
    this.socket = null;
    const followed = code === CLOSE_NOT_SIGNED_IN && why === NEW_PASSWORD && !this.lookedAgain;
    this.lookedAgain ||= followed;
    if (!followed && (code === CLOSE_NOT_SIGNED_IN || code === POLICY_VIOLATION)) {
      this.publish({ ...this.view, connection: "refused", why });
      return;
    }
    this.publish({ ...this.view, connection: "reconnecting", lostAt: this.view.lostAt ?? this.now() });
    this.retry = window.setTimeout(this.retryNow, backOff(this.attempt, Math.random()) * 1000);
    this.attempt += 1;
  }

  private readonly retryNow = (): void => {
    window.clearTimeout(this.retry);
    if (!this.stopped && this.socket === null) this.connect();
  };

  private checkSilence(): void {
    const { state, connection } = this.view;
    if (connection === "open" && this.now() - state.heardAt > SILENCE_LIMIT_S) this.socket?.close();
  }

  private publish(view: LiveView): void {
    this.view = view;
    for (const listener of this.listeners) listener();
  }
}
