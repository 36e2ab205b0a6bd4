/**
 * One audio leg of this browser: a connection to the media node with the microphone in it.
 *
 * The offer leaves without candidates: the node learns this browser from its first check (RFC 8445 §7.3.1.3), so nothing waits for
 * gathering and no address of the person's network is told. A leg is never repaired: when its network is gone, the owner
 * opens another beside it and lets this one go.
 *
 *   connecting ──▶ connected ⇄ interrupted ──▶ closed
 */
import { countersOf, qualityBetween, type Counters, type Quality } from "./quality";

export type LegState = "connecting" | "connected" | "interrupted" | "closed";

/** Turns an SDP offer into the node's answer. */
export type Exchange = (sdpOffer: string) => Promise<string>;

export interface LegListener {
  state(state: LegState): void;
  /** What the other side says. */
  sound(stream: MediaStream): void;
}

const DIGIT_MS = 160;
const GAP_MS = 70;
const LAYOUT = /^[0-9A-D*#]$/;

export class AudioLeg {
  private readonly connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  private readonly listener: LegListener;
  private readonly sender: RTCRtpSender;
  private readonly receiver: RTCRtpReceiver;
  private state: LegState = "connecting";
  private counters: Counters | null = null;
  /** The media node that it goes to, once that has answered. */
  nodeId: string | null = null;

  /** `microphone` stays the caller's: closing the leg does not stop it. */
  constructor(microphone: MediaStream, listener: LegListener) {
    this.listener = listener;
    const track = microphone.getAudioTracks()[0];
    if (track === undefined) throw new TypeError("the stream has no audio track");
    const transceiver = this.connection.addTransceiver(track, { direction: "sendrecv", streams: [microphone] });
    this.sender = transceiver.sender;
    this.receiver = transceiver.receiver;
    this.connection.ontrack = ({ track: heard }) => listener.sound(new MediaStream([heard]));
    this.connection.onconnectionstatechange = () => this.follow();
  }

  /** Resolves when the node has answered; `connected` follows. Rejects when the exchange does, and closes the leg. */
  async connect(exchange: Exchange): Promise<void> {
    try {
      await this.connection.setLocalDescription();
      const answer = await exchange(this.connection.localDescription?.sdp ?? "");
      // Closed while the answer was on its way.
      if (this.connection.signalingState === "closed") return;
      await this.connection.setRemoteDescription({ type: "answer", sdp: answer });
    } catch (error) {
      this.close();
      throw error;
    }
    // The node's goodbye (DTLS close_notify) shows here at once; `connectionState` only follows when ICE has given up.
    const transport = this.sender.transport;
    if (transport) transport.onstatechange = () => this.follow();
  }

  /** Another microphone, without a gap and without a new negotiation. */
  async switchTo(microphone: MediaStream): Promise<void> {
    await this.sender.replaceTrack(microphone.getAudioTracks()[0] ?? null);
  }

  /** One DTMF digit as a telephone event (RFC 4733). Anything else is ignored. */
  sendDigit(digit: string): void {
    const dtmf = this.sender.dtmf;
    if (dtmf?.canInsertDTMF && LAYOUT.test(digit)) dtmf.insertDTMF(dtmf.toneBuffer + digit, DIGIT_MS, GAP_MS);
  }

  /** ICE's own word for its state, for the report to the server. */
  get ice(): string {
    return this.connection.iceConnectionState;
  }

  get current(): LegState {
    return this.state;
  }

  /** The timestamp of the newest packet that is heard; null when nothing was. */
  get heard(): number | null {
    return this.receiver.getSynchronizationSources()[0]?.rtpTimestamp ?? null;
  }

  /** Since the last call; null before anything was heard. */
  async quality(): Promise<Quality | null> {
    const stats = await this.connection.getStats();
    const now = countersOf(stats.values() as Iterable<Record<string, unknown>>);
    if (now === null) return null;
    const quality = qualityBetween(this.counters, now);
    this.counters = now;
    return quality;
  }

  close(): void {
    this.connection.close();
    this.become("closed");
  }

  private follow(): void {
    if (this.sender.transport?.state === "closed" || this.sender.transport?.state === "failed") this.close();
    else this.become(legStateOf(this.connection.connectionState, this.state));
  }

  private become(state: LegState): void {
    if (state === this.state || this.state === "closed") return;
    this.state = state;
    this.listener.state(state);
  }
}

/** A leg's state from the connection's; `failed` is the end, because a leg is replaced and not repaired. */
export function legStateOf(connection: RTCPeerConnectionState, before: LegState): LegState {
  switch (connection) {
    case "connected":
      return "connected";
    case "disconnected":
      return "interrupted";
    case "failed":
    case "closed":
      return "closed";
    case "new":
    case "connecting":
      return before === "connected" ? "interrupted" : before;
  }
}
