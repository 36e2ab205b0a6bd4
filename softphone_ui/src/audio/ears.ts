/**
 * The audio context behind the level meters; the sound that people hear does not go through it.
 *
 * A meter wants loudness, not samples: at 8 kHz in the browser's largest blocks it wakes a fraction as often as at the sound
 * card's own rate.
 */
import { LevelMeter } from "./levels";

const FRUGAL: AudioContextOptions = { latencyHint: "playback", sampleRate: 8000 };
/** For browsers that join no stream to a context of another rate than its own, as Firefox: they throw NotSupportedError. */
const PLAIN: AudioContextOptions = { latencyHint: "playback" };

export class Ears {
  private readonly changed: () => void;
  private context: AudioContext;

  /** `changed` is called when the browser holds the sound back or lets it go. */
  constructor(changed: () => void) {
    this.changed = changed;
    this.context = this.open(FRUGAL);
  }

  /** The browser's autoplay rule, which also holds for what people hear. */
  get suspended(): boolean {
    return this.context.state === "suspended";
  }

  async resume(): Promise<void> {
    if (this.suspended) await this.context.resume();
  }

  listenTo(stream: MediaStream): LevelMeter {
    try {
      return new LevelMeter(this.context, stream);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "NotSupportedError")) throw error;
      void this.context.close();
      this.context = this.open(PLAIN);
      return new LevelMeter(this.context, stream);
    }
  }

  close(): void {
    void this.context.close();
  }

  private open(options: AudioContextOptions): AudioContext {
    const context = new AudioContext(options);
    context.onstatechange = () => this.changed();
    return context;
  }
}
