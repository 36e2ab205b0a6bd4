/** One caller's call: microphone, leg, and the server's word on how far it is. A thin shell around `state.ts`. */
import { AudioLeg, type LegState } from "../audio/leg";
import { MicrophoneError, openMicrophone } from "../audio/microphone";
import { Player } from "../audio/player";
import { Refused, type PlacedCall, type WidgetApi } from "./api";
import { idle, inCall, next, type WidgetEvent, type WidgetState } from "./state";

const POLL_MS = 1000;
/** Sound that has not come by then will not: a firewall is in its way. */
const MEDIA_WITHIN_MS = 15_000;
const GONE = new Set([401, 403, 404, 410]);
const TOO_MANY = 429;

export class WidgetCall {
  private state: WidgetState = idle;
  private readonly api: WidgetApi;
  private readonly changed: (state: WidgetState) => void;
  private readonly player = new Player(() => undefined);
  private microphone: MediaStream | null = null;
  private leg: AudioLeg | null = null;
  private placed: PlacedCall | null = null;
  private poll: number | undefined;
  private patience: number | undefined;

  constructor(api: WidgetApi, changed: (state: WidgetState) => void) {
    this.api = api;
    this.changed = changed;
    window.addEventListener("pagehide", () => this.hangUp());
  }

  async call(number: string, displayName: string): Promise<void> {
    const before = this.state;
    this.send({ type: "call_pressed" });
    if (this.state === before) return;
    try {
      this.microphone = await openMicrophone(null);
      await this.connect(number, displayName, this.microphone);
    } catch (error) {
      this.release();
      if (error instanceof MicrophoneError) this.send({ type: "microphone_refused" });
      else this.send({ type: "refused", tooMany: error instanceof Refused && error.status === TOO_MANY });
    }
  }

  hangUp(): void {
    const { placed } = this;
    this.release();
    this.send({ type: "ended" });
    // A call that the server has already ended answers 404; either way it is over.
    if (placed) this.api.hangUp(placed).catch(() => undefined);
  }

  setMuted(muted: boolean): void {
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !muted;
    this.send({ type: "muted", muted });
  }

  press(digit: string): void {
    this.leg?.sendDigit(digit);
    this.send({ type: "digit", digit });
  }

  toggleKeypad(): void {
    this.send({ type: "keypad_toggled" });
  }

  private async connect(number: string, displayName: string, microphone: MediaStream): Promise<void> {
    const leg = new AudioLeg(microphone, { state: (state) => this.follow(leg, state), sound: (stream) => void this.player.play(stream) });
    this.leg = leg;
    this.patience = window.setTimeout(() => this.giveUp(), MEDIA_WITHIN_MS);
    await leg.connect(async (sdp) => {
      this.placed = await this.api.place(number, sdp, displayName);
      this.send({ type: "placed" });
      return this.placed.sdp;
    });
    this.ask();
  }

  /** The server's side is there and no sound is: the visitor is told why, and how else to reach us. */
  private giveUp(): void {
    if (this.leg === null || this.leg.current === "connected") return;
    const { placed } = this;
    this.release();
    this.send({ type: "no_media" });
    if (placed) this.api.hangUp(placed).catch(() => undefined);
  }

  private follow(leg: AudioLeg, state: LegState): void {
    if (leg !== this.leg) return;
    if (state === "connected") window.clearTimeout(this.patience);
    if (state === "closed" && inCall(this.state)) this.hangUp();
    else this.send({ type: "line", weak: state === "interrupted" });
  }

  /** Asks how far the call is, once a second, until it is over. */
  private ask(): void {
    this.poll = window.setTimeout(() => void this.asked(), POLL_MS);
  }

  private async asked(): Promise<void> {
    const { placed } = this;
    if (placed === null) return;
    try {
      const { state, position } = await this.api.status(placed);
      if (placed !== this.placed) return;
      this.send({ type: "told", state, position, now: Date.now() });
      if (state === "ended") this.release();
    } catch (error) {
      // The server may be restarting while the call goes on; only its clear word ends the call here.
      if (error instanceof Refused && GONE.has(error.status)) this.hangUp();
    }
    if (this.placed !== null) this.ask();
  }

  private release(): void {
    window.clearTimeout(this.poll);
    window.clearTimeout(this.patience);
    const { leg, microphone } = this;
    this.leg = null;
    this.placed = null;
    this.microphone = null;
    leg?.close();
    this.player.stop();
    for (const track of microphone?.getTracks() ?? []) track.stop();
  }

  private send(event: WidgetEvent): void {
    const after = next(this.state, event);
    if (after === this.state) return;
    this.state = after;
    this.changed(after);
  }
}
