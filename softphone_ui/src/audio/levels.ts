/** Loudness: root mean square of samples between −1 and 1, and its place on a meter. */

export function rootMeanSquare(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** −60 dBFS and below is 0, full scale is 1; speech lies between 0.4 and 0.8. */
export function meterOf(rms: number): number {
  if (rms <= 0) return 0;
  const dbfs = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, (dbfs + 60) / 60));
}

/** In steps of a fiftieth, so that a screen is not drawn anew for what nobody sees. */
export function coarse(level: number): number {
  return Math.round(level * 50) / 50;
}

/** How far a meter falls from one drawing to the next: it rises at once and sinks in half a second, as people know it. */
const FALL = 0.2;

/** What a meter shows after `shown`, when `level` is heard. */
export function settled(shown: number, level: number): number {
  return Math.max(level, shown - FALL);
}

/** An ear on a stream; `level` is asked for, nothing runs by itself. */
export class LevelMeter {
  private readonly source: MediaStreamAudioSourceNode;
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;

  constructor(context: AudioContext, stream: MediaStream) {
    this.analyser = new AnalyserNode(context, { fftSize: 1024 });
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
  }

  /** 0…1. */
  level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    return meterOf(rootMeanSquare(this.samples));
  }

  close(): void {
    this.source.disconnect();
  }
}
