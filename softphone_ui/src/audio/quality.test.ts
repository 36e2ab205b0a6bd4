import { describe, expect, it } from "vitest";

import { countersOf, meanOpinionScore, qualityBetween, rating } from "./quality";

const good = { roundTripMs: 20, jitterMs: 2, lossShare: 0 };

describe("the E-model", () => {
  it("rates a near-perfect G.711 call 4.4", () => {
    expect(meanOpinionScore(good)).toBeCloseTo(4.39, 1);
  });

  it("agrees with G.107 Annex B: R 80 is MOS 4.03, R 50 is 2.58", () => {
    const lossFor = (r: number) => {
      // Solves 95·p/(p+25.1) = 93.2 − delay − r for p in percent.
      const need = rating({ roundTripMs: 0, jitterMs: 0, lossShare: 0 }) - r;
      return (25.1 * need) / (95 - need) / 100;
    };
    expect(meanOpinionScore({ roundTripMs: 0, jitterMs: 0, lossShare: lossFor(80) })).toBeCloseTo(4.03, 1);
    expect(meanOpinionScore({ roundTripMs: 0, jitterMs: 0, lossShare: lossFor(50) })).toBeCloseTo(2.58, 1);
  });

  it("falls with loss, with delay and with jitter", () => {
    const best = rating(good);
    expect(rating({ ...good, lossShare: 0.05 })).toBeLessThan(best - 10);
    expect(rating({ ...good, roundTripMs: 500 })).toBeLessThan(best - 10);
    expect(rating({ ...good, jitterMs: 60 })).toBeLessThan(best);
  });

  it("stays between 1 and 4.5 whatever comes", () => {
    for (const lossShare of [-1, 0, 0.5, 1, 9])
      for (const roundTripMs of [null, 0, 1e6]) {
        const mos = meanOpinionScore({ roundTripMs, jitterMs: 0, lossShare });
        expect(mos).toBeGreaterThanOrEqual(1);
        expect(mos).toBeLessThanOrEqual(4.5);
      }
  });
});

describe("counters from getStats()", () => {
  const inbound = { type: "inbound-rtp", kind: "audio", packetsReceived: 100, packetsLost: 1, jitter: 0.004 };

  it("are not there before anything was received", () => {
    expect(countersOf([{ type: "transport" }])).toBeNull();
  });

  it("take the round trip from the node's reports, and from ICE until there are any", () => {
    const pair = { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.03 };
    expect(countersOf([inbound, pair])).toEqual({ received: 100, lost: 1, jitterMs: 4, roundTripMs: 30 });
    const remote = { type: "remote-inbound-rtp", kind: "audio", roundTripTime: 0.02 };
    expect(countersOf([inbound, remote, pair])?.roundTripMs).toBe(20);
  });

  it("count loss since the last look, and never below none", () => {
    const before = { received: 100, lost: 5, jitterMs: 1, roundTripMs: 10 };
    expect(qualityBetween(before, { received: 190, lost: 15, jitterMs: 3, roundTripMs: null })).toEqual({
      roundTripMs: null,
      jitterMs: 3,
      lossShare: 0.1,
    });
    expect(qualityBetween(before, { ...before, lost: 3 }).lossShare).toBe(0);
    expect(qualityBetween(null, before).lossShare).toBeCloseTo(5 / 105);
  });
});
