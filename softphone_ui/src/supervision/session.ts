/** A supervisor's way into conversations for the whole visit: a thin shell around `supervision.ts`, between live view, audio and server. */
import { stopSupervising, superviseCall, type SupervisionMode } from "../api/actions";
import type { Me } from "../api/live";
import type { AgentAudio } from "../audio-port/port";
import type { LiveConnection } from "../live/connection";
import { due, isSilent, needsAudio, nobody, same, step, takenFrom, toldBy, type Request, type Supervision, type SupervisionEvent } from "./supervision";

export interface Told {
  failed(error: unknown): void;
  /** Somebody else, or the server, ended it. */
  takenFrom(callId: string): void;
}

export class SupervisionSession {
  private state = nobody;
  private calls: unknown = null;
  /** One request after the other: a Stop never overtakes what it stops. */
  private line: Promise<void> = Promise.resolve();
  private leave: (() => void)[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly me: Me;
  private readonly live: LiveConnection;
  private readonly audio: AgentAudio;
  private readonly tell: Told;

  constructor(me: Me, live: LiveConnection, audio: AgentAudio, tell: Told) {
    this.me = me;
    this.live = live;
    this.audio = audio;
    this.tell = tell;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): Supervision => this.state;

  start(): void {
    this.leave = [this.live.subscribe(this.look), this.audio.subscribe(this.hear)];
    this.look();
    this.hear();
  }

  stop(): void {
    this.leave.forEach((leave) => leave());
    this.leave = [];
  }

  /** The way that is on ends it. */
  press(callId: string, mode: SupervisionMode): void {
    const place = { callId, mode };
    if (same(this.state.wanted ?? this.state.now, place)) this.end();
    else if (!this.state.busy) {
      this.openAudio();
      if (mode !== "listen") this.audio.setMuted(false);
      this.apply({ type: "pressed", place });
    }
  }

  end(): void {
    const { now, asked } = this.state;
    this.apply({ type: "stopped" });
    // Both while going from one to the other: which of them it is when this arrives nobody knows.
    const callIds = new Set([asked, now].flatMap((place) => place?.callId ?? []));
    callIds.forEach((callId) => this.send(() => stopSupervising(callId)));
  }

  private openAudio(): void {
    const { phase } = this.audio.current();
    this.audio.start();
    this.audio.resume();
    if (phase === "denied" || phase === "no_microphone" || phase === "failed") this.audio.retry();
  }

  private readonly look = (): void => {
    const { ready, calls } = this.live.current().state;
    if (!ready || calls === this.calls) return;
    this.calls = calls;
    const told = toldBy(calls, this.me);
    const before = this.state;
    this.apply(told);
    const taken = takenFrom(before, this.state, told.open);
    if (taken !== null) this.tell.takenFrom(taken);
  };

  private readonly hear = (): void => {
    const { legId } = this.audio.current();
    if (legId !== this.state.legId) this.apply({ type: "audio", legId });
  };

  private apply(event: SupervisionEvent): void {
    this.state = step(this.state, event);
    this.audio.setSilent(isSilent(this.state));
    const request = due(this.state);
    if (request !== null) this.ask(request);
    this.listeners.forEach((listener) => listener());
    if (!needsAudio(this.state)) this.audio.rest();
  }

  private ask(request: Request): void {
    this.state = step(this.state, { type: "asked", request });
    this.send(
      () => superviseCall(request.callId, request.legId, request.mode),
      () => this.apply({ type: "refused", request }),
    );
  }

  private send(request: () => Promise<undefined>, failed: () => void = () => undefined): void {
    this.line = this.line.then(request).catch((error: unknown) => {
      failed();
      this.tell.failed(error);
    });
  }
}
