import { describe, expect, it } from "vitest";

import { coarse, meterOf, rootMeanSquare, settled } from "./levels";

describe("loudness", () => {
  it("of a full-scale square wave is 1, of silence 0", () => {
    expect(rootMeanSquare(Float32Array.of(1, -1, 1, -1))).toBe(1);
    expect(rootMeanSquare(new Float32Array(8))).toBe(0);
    expect(rootMeanSquare(new Float32Array())).toBe(0);
  });

  it("fills the meter in decibels", () => {
    expect(meterOf(0)).toBe(0);
    expect(meterOf(0.001)).toBeCloseTo(0);
    expect(meterOf(0.0316)).toBeCloseTo(0.5, 2);
    expect(meterOf(1)).toBe(1);
    expect(meterOf(3)).toBe(1);
  });

  it("moves in steps that can be seen", () => {
    expect(coarse(0.501)).toBe(coarse(0.499));
    expect(coarse(0.52)).not.toBe(coarse(0.5));
  });

  it("rises at once and sinks to silence within five drawings", () => {
    expect(settled(0, 0.8)).toBe(0.8);
    expect(settled(0.8, 0.7)).toBeCloseTo(0.7);
    const sinking = [1, 2, 3, 4, 5].reduce((shown) => settled(shown, 0), 0.8);
    expect(sinking).toBe(0);
  });
});
