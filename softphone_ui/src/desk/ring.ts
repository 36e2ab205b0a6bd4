/** The ring of an offer: two soft notes every two seconds, made by the browser, no file to load. */

const PERIOD_S = 2;
const NOTES: readonly [delayS: number, hertz: number][] = [
  [0, 659.3],
  [0.18, 880],
];

/** Starts ringing; the returned function stops it at once. Stays silent where the browser does not allow sound yet. */
export function startRinging(): () => void {
  const context = new AudioContext();
  const ring = (): void => {
    if (context.state !== "running") return;
    for (const [delay, hertz] of NOTES) note(context, context.currentTime + delay, hertz);
  };
  void context.resume().then(ring);
  const timer = window.setInterval(ring, PERIOD_S * 1000);
  return () => {
    window.clearInterval(timer);
    void context.close();
  };
}

function note(context: AudioContext, at: number, hertz: number): void {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.65);
}
