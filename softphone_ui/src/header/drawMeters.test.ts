import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { drawMeter, type Bar } from "./drawMeters";

interface Drawn extends Bar {
  readonly drawings: number[];
  readonly words: number[];
}

function bar(): Drawn {
  const drawings: number[] = [];
  const words: number[] = [];
  return { drawings, words, draw: (level) => drawings.push(level), announce: (level) => words.push(level) };
}

const page = { hidden: false };

beforeEach(() => {
  vi.useFakeTimers();
  page.hidden = false;
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("document", page);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a voice is drawn between ten and fifteen times a second and put into words once", () => {
  const meter = bar();
  let heard = 0;
  const end = drawMeter(meter, () => (heard = heard === 0.5 ? 0.7 : 0.5));
  vi.advanceTimersByTime(1000);
  end();
  expect(meter.drawings.length).toBeGreaterThanOrEqual(10);
  expect(meter.drawings.length).toBeLessThanOrEqual(15);
  expect(meter.words).toHaveLength(1);
});

test("silence draws nothing, and an even tone only once", () => {
  const silent = bar();
  const even = bar();
  const ends = [drawMeter(silent, () => 0), drawMeter(even, () => 0.6)];
  vi.advanceTimersByTime(5000);
  ends.forEach((end) => end());
  expect(silent.drawings).toEqual([]);
  expect(even.drawings).toEqual([0.6]);
  expect(even.words).toEqual([0.6]);
});

test("a page in the background draws nothing and does not even listen", () => {
  const meter = bar();
  const level = vi.fn(() => 0.6);
  page.hidden = true;
  const end = drawMeter(meter, level);
  vi.advanceTimersByTime(5000);
  end();
  expect(level).not.toHaveBeenCalled();
});

test("all meters share one timer, and it ends with the last of them", () => {
  const ends = [drawMeter(bar(), () => 0), drawMeter(bar(), () => 0)];
  expect(vi.getTimerCount()).toBe(1);
  ends.forEach((end) => end());
  expect(vi.getTimerCount()).toBe(0);
});
