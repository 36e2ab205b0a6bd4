import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Ears } from "./ears";

/** A browser's audio, as far as ears need it. */
class FakeContext {
  static opened: FakeContext[] = [];
  static joinsAnyRate = true;
  readonly options: AudioContextOptions;
  state = "suspended";
  closed = false;
  onstatechange: (() => void) | null = null;

  constructor(options: AudioContextOptions) {
    this.options = options;
    FakeContext.opened.push(this);
  }

  createMediaStreamSource(): { connect: () => void; disconnect: () => void } {
    if (this.options.sampleRate !== undefined && !FakeContext.joinsAnyRate) throw new DOMException("another rate", "NotSupportedError");
    return { connect: () => undefined, disconnect: () => undefined };
  }

  resume(): Promise<void> {
    this.state = "running";
    this.onstatechange?.();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

class FakeAnalyser {
  readonly fftSize = 1024;
  getFloatTimeDomainData(samples: Float32Array): void {
    samples.fill(1);
  }
}

beforeEach(() => {
  FakeContext.opened = [];
  FakeContext.joinsAnyRate = true;
  vi.stubGlobal("AudioContext", FakeContext);
  vi.stubGlobal("AnalyserNode", FakeAnalyser);
});

afterEach(() => vi.unstubAllGlobals());

const stream = {} as MediaStream;

test("meters listen at a low rate in large blocks, all through one context", () => {
  const ears = new Ears(() => undefined);
  expect(ears.listenTo(stream).level()).toBe(1);
  ears.listenTo(stream);
  expect(FakeContext.opened.map(({ options }) => options)).toEqual([{ latencyHint: "playback", sampleRate: 8000 }]);
});

test("where a stream can only be joined at its own rate, the meters work at that rate, and the first context is closed", () => {
  FakeContext.joinsAnyRate = false;
  const ears = new Ears(() => undefined);
  expect(ears.listenTo(stream).level()).toBe(1);
  ears.listenTo(stream);
  expect(FakeContext.opened.map(({ options }) => options.sampleRate)).toEqual([8000, undefined]);
  expect(FakeContext.opened.map(({ closed }) => closed)).toEqual([true, false]);
});

test("says when the browser lets the sound go", async () => {
  const changed = vi.fn();
  const ears = new Ears(changed);
  expect(ears.suspended).toBe(true);
  await ears.resume();
  expect(changed).toHaveBeenCalledOnce();
  expect(ears.suspended).toBe(false);
});
