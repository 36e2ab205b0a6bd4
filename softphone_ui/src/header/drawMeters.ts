/**
 * Draws the level meters beside React: ten times a second a loudness changes, and nothing else on the page does.
 *
 * One timer for all meters, so that they share a frame; none while no meter is on screen; nothing is written when the bar stays.
 */
import { coarse, settled } from "../audio/levels";

const DRAWN_EVERY_MS = 90;
/** Readers of the screen are told once a second: a tenth of a second is nothing to say aloud. */
const TOLD_EVERY = 11;

export interface Bar {
  /** Shows a level, 0…1. */
  draw(level: number): void;
  /** Puts it into words for those who cannot see it. */
  announce(level: number): void;
}

type Level = () => number;

interface Meter {
  readonly bar: Bar;
  readonly level: Level;
  drawn: number;
  told: number;
}

const meters = new Set<Meter>();
let timer: number | undefined;
let turn = 0;

/** Draws from now on; what it returns ends it. */
export function drawMeter(bar: Bar, level: Level): () => void {
  const meter: Meter = { bar, level, drawn: 0, told: 0 };
  meters.add(meter);
  timer ??= window.setInterval(drawAll, DRAWN_EVERY_MS);
  return () => {
    meters.delete(meter);
    if (meters.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

function drawAll(): void {
  // A page in the background has no frames; its timers run on while it plays sound.
  if (document.hidden) return;
  turn += 1;
  for (const meter of meters) step(meter, turn % TOLD_EVERY === 0);
}

function step(meter: Meter, announces: boolean): void {
  const level = coarse(settled(meter.drawn, meter.level()));
  if (level !== meter.drawn) meter.bar.draw((meter.drawn = level));
  if (announces && level !== meter.told) meter.bar.announce((meter.told = level));
}
