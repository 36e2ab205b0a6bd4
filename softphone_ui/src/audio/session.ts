/**
 * The agent's audio for the whole visit: this tab's right to it, the microphone, and one leg at a time that stays up between calls.
 *
 * Invariants: only the owning tab has a microphone and a leg; a new leg is opened beside the old one and takes over when it is
 * connected; each trouble has a way out that starts by itself or by `retry`.
 */
import type { AudioReport } from "../api/live";
import { audioOff, type AgentAudio, type AudioView } from "../audio-port/port";
import { backOffMs, CONNECT_WITHIN_MS, STEADY_AFTER_MS } from "./backOff";
import { Ears } from "./ears";
import { AudioLeg, type LegState } from "./leg";
import { coarse, type LevelMeter } from "./levels";
import { deviceOf, listMicrophones, MicrophoneError, openMicrophone, type MicrophoneTrouble, whenAllowed } from "./microphone";
import { Mover } from "./mover";
import { AudioOwnership } from "./ownership";
import { Player } from "./player";
import { microphoneWord, phaseOf } from "./situation";

export interface AudioWiring {
  /** Same for all tabs of this agent. */
  readonly lockName: string;
  /** `POST /legs`; `avoid`: a node whose leg is silent. */
  exchange(sdp: string, avoid: string | null): Promise<{ leg_id: string; sdp: string; node_id: string }>;
  /** Every two seconds and on change. */
  report(report: AudioReport): void;
  /** Between two reasons there is neither leg nor microphone. */
  readonly rests: boolean;
}

const REPORT_EVERY_MS = 2000;
const LISTEN_EVERY_MS = 400;
/** The tab that took the audio over needs this long to be connected; until then the customer is heard here. */
const HAND_OVER_MS = 2000;

export class AgentAudioSession implements AgentAudio {
  private readonly wiring: AudioWiring;
  private readonly ownership: AudioOwnership;
  private readonly player = new Player(() => this.update());
  private readonly listeners = new Set<() => void>();
  private readonly timers = new Set<number>();
  private view: AudioView = audioOff;
  private ears: Ears | null = null;
  private whileRunning = new AbortController();
  private running = false;
  private owner: boolean | null = null;
  private microphone: MediaStream | null = null;
  private microphoneTrouble: MicrophoneTrouble | null = null;
  private wantedMicrophone: string | null = null;
  private silent = false;
  private speaking: LevelMeter | null = null;
  private hearing: LevelMeter | null = null;
  private leg: AudioLeg | null = null;
  private next: AudioLeg | null = null;
  private legId: string | null = null;
  private failures = 0;
  private wasConnected = false;
  private connectedAt = 0;
  private retryTimer: number | undefined;
  readonly mover = new Mover({
    leg: () => this.leg,
    open: () => {
      if (this.next === null) void this.openLeg();
    },
  });

  constructor(wiring: AudioWiring) {
    this.wiring = wiring;
    this.ownership = new AudioOwnership(wiring.lockName, { owned: () => this.owned(), waiting: () => this.handOver() });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): AudioView => this.view;

  readonly level = (): number => this.speaking?.level() ?? 0;

  // ── life ──────────────────────────────────────────────────────────────────────────────────────────────────────

  start(): void {
    if (this.running) return;
    this.running = true;
    this.ears = new Ears(() => this.update());
    this.timers.add(window.setInterval(() => void this.look(), REPORT_EVERY_MS));
    this.timers.add(window.setInterval(() => this.mover.listen(), LISTEN_EVERY_MS));
    this.whileRunning = new AbortController();
    const until = { signal: this.whileRunning.signal };
    window.addEventListener("pagehide", this.leave, until);
    window.addEventListener("online", () => this.leg?.current !== "connected" && this.retry(), until);
    window.addEventListener("pointerdown", this.resume, until);
    window.addEventListener("keydown", this.resume, until);
    if ("mediaDevices" in navigator) navigator.mediaDevices.addEventListener("devicechange", this.devicesChanged, until);
    this.update();
    void this.ownership.request();
  }

  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.timers.forEach((timer) => window.clearInterval(timer));
    this.timers.clear();
    this.whileRunning.abort();
    this.silence();
    this.ownership.give();
    this.owner = null;
    this.ears?.close();
    this.ears = null;
    this.wasConnected = false;
    this.update();
  }

  rest(): void {
    if (this.wiring.rests) this.stop();
  }

  /** Ends the leg while the page can still say so: the node hears it at once instead of waiting for silence. */
  private readonly leave = (): void => {
    this.leg?.close();
    this.next?.close();
  };

  // ── what people do ────────────────────────────────────────────────────────────────────────────────────────────

  setMuted(muted: boolean): void {
    this.change({ muted });
    this.enableTracks();
  }

  setSilent(silent: boolean): void {
    this.silent = silent;
    this.enableTracks();
  }

  private enableTracks(): void {
    const enabled = !this.view.muted && !this.silent;
    this.microphone?.getAudioTracks().forEach((track) => (track.enabled = enabled));
  }

  sendDigit(digit: string): void {
    this.leg?.sendDigit(digit);
  }

  chooseMicrophone(id: string): void {
    this.wantedMicrophone = id === "" ? null : id;
    void this.changeMicrophone();
  }

  retry(): void {
    if (!this.running) return;
    this.failures = 0;
    this.microphoneTrouble = null;
    if (this.owner === true) void this.openLeg();
    else void this.ownership.steal();
    this.update();
  }

  readonly resume = (): void => {
    void this.ears?.resume();
    if (this.view.suspended) void this.player.resume();
  };

  // ── owning ────────────────────────────────────────────────────────────────────────────────────────────────────

  private owned(): void {
    if (!this.running) {
      this.ownership.give();
      return;
    }
    this.owner = true;
    this.update();
    void this.openLeg();
  }

  /** Another tab has the audio. Ours goes when the other has had time to connect. */
  private handOver(): void {
    this.owner = false;
    this.update();
    window.setTimeout(() => this.owner === false && this.silence(), HAND_OVER_MS);
  }

  /** No leg, no microphone, no sound. */
  private silence(): void {
    window.clearTimeout(this.retryTimer);
    this.mover.stop();
    for (const leg of [this.next, this.leg]) leg?.close();
    this.leg = this.next = null;
    this.legId = null;
    this.change({ legId: null });
    this.player.stop();
    this.hearing?.close();
    this.hearing = null;
    this.dropMicrophone();
    this.update();
  }

  // ── the leg ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens a leg beside the present one. */
  private async openLeg(): Promise<void> {
    window.clearTimeout(this.retryTimer);
    if (!(await this.haveMicrophone()) || this.owner !== true || this.microphone === null) return;
    const abandoned = this.next;
    this.next = null;
    abandoned?.close();
    const leg: AudioLeg = new AudioLeg(this.microphone, { state: (state) => this.legBecame(leg, state), sound: (stream) => this.heard(stream) });
    this.next = leg;
    this.update();
    const limit = window.setTimeout(() => {
      if (leg.current === "connecting") leg.close();
    }, CONNECT_WITHIN_MS);
    try {
      await leg.connect(async (offer) => {
        const { leg_id, sdp, node_id } = await this.wiring.exchange(offer, this.mover.avoid);
        if (this.next === leg) this.legId = leg_id;
        leg.nodeId = node_id;
        return sdp;
      });
    } catch {
      // Closed by itself: `legBecame` has counted the failure and tries again.
      window.clearTimeout(limit);
    }
  }

  private legBecame(leg: AudioLeg, state: LegState): void {
    if (leg !== this.leg && leg !== this.next) return;
    if (state === "connected" && leg === this.next) this.takeOver(leg);
    else if (state === "interrupted" && leg === this.leg && this.next === null) void this.openLeg();
    else if (state === "closed") this.lost(leg);
    this.update();
    this.report();
  }

  private takeOver(leg: AudioLeg): void {
    const old = this.leg;
    this.leg = leg;
    this.next = null;
    this.wasConnected = true;
    this.mover.moved();
    this.connectedAt = performance.now();
    this.change({ legId: this.legId });
    old?.close();
  }

  private lost(leg: AudioLeg): void {
    const steady = leg === this.leg && performance.now() - this.connectedAt >= STEADY_AFTER_MS;
    if (leg === this.next) this.next = null;
    else {
      this.leg = null;
      this.change({ legId: null });
    }
    if (!this.running || this.owner !== true || this.next !== null) return;
    const wait = steady ? 0 : backOffMs(this.failures);
    this.failures = steady ? 0 : this.failures + 1;
    window.clearTimeout(this.retryTimer);
    this.retryTimer = window.setTimeout(() => void this.openLeg(), wait);
  }

  private heard(stream: MediaStream): void {
    void this.player.play(stream);
    this.hearing?.close();
    this.hearing = this.ears?.listenTo(stream) ?? null;
  }

  // ── the microphone ────────────────────────────────────────────────────────────────────────────────────────────

  private async haveMicrophone(): Promise<boolean> {
    if (this.track()?.readyState === "live") return true;
    try {
      this.useMicrophone(await openMicrophone(this.wantedMicrophone));
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      this.microphoneTrouble = error.trouble;
      if (error.trouble === "denied") void whenAllowed(() => this.microphoneTrouble === "denied" && this.retry());
    }
    this.update();
    this.report();
    return this.microphoneTrouble === null;
  }

  private useMicrophone(stream: MediaStream): void {
    this.dropMicrophone();
    this.microphone = stream;
    this.microphoneTrouble = null;
    // A page that hears the person may also be heard: browsers lift their autoplay rule now, but not by themselves.
    void this.ears?.resume();
    this.enableTracks();
    const track = this.track();
    if (track) {
      track.onended = () => void this.changeMicrophone();
      track.onmute = track.onunmute = () => this.report();
    }
    this.speaking = this.ears?.listenTo(stream) ?? null;
    void this.listDevices();
  }

  private dropMicrophone(): void {
    this.speaking?.close();
    this.speaking = null;
    const track = this.track();
    if (track) track.onended = null;
    track?.stop();
    this.microphone = null;
  }

  /** Another device, or the one that was unplugged: the leg stays. */
  private async changeMicrophone(): Promise<void> {
    if (this.owner !== true) return;
    this.dropMicrophone();
    if (!(await this.haveMicrophone()) || this.microphone === null) return;
    await this.leg?.switchTo(this.microphone);
    await this.next?.switchTo(this.microphone);
    if (this.leg === null && this.next === null) void this.openLeg();
  }

  private readonly devicesChanged = (): void => {
    void this.listDevices();
    if (this.microphoneTrouble === "no_microphone") this.retry();
  };

  private async listDevices(): Promise<void> {
    const microphones = await listMicrophones();
    this.change({ microphones, microphoneId: this.microphone ? deviceOf(this.microphone) : null });
  }

  private track(): MediaStreamTrack | null {
    return this.microphone?.getAudioTracks()[0] ?? null;
  }

  // ── what is known ─────────────────────────────────────────────────────────────────────────────────────────────

  private async look(): Promise<void> {
    const quality = await this.leg?.quality();
    if (quality) this.change({ ...quality });
    this.report();
  }

  private report(): void {
    if (!this.running || this.owner === false) return;
    this.wiring.report({
      type: "audio",
      leg_id: this.legId ?? "",
      microphone: microphoneWord(this.microphoneTrouble, this.track()),
      context: this.view.suspended ? "suspended" : "running",
      ice: this.leg?.ice ?? this.next?.ice ?? "closed",
      level_in: coarse(this.level()),
      level_out: coarse(this.hearing?.level() ?? 0),
    });
  }

  /** Everything that follows from the facts. */
  private update(): void {
    const { running, owner, microphoneTrouble, wasConnected, failures } = this;
    const leg = this.leg?.current ?? this.next?.current ?? null;
    const phase = phaseOf({ running, owner, microphoneTrouble, wasConnected, failures, leg });
    const heldBack = this.player.suspended || (this.microphone !== null && this.ears?.suspended === true);
    this.change({ phase, suspended: running && heldBack });
  }

  private change(part: Partial<AudioView>): void {
    const keys = Object.keys(part) as (keyof AudioView)[];
    if (keys.every((key) => this.view[key] === part[key])) return;
    this.view = { ...this.view, ...part };
    this.listeners.forEach((listener) => listener());
  }
}
