/**
 * How a connection sounds, from its counters: the E-model of ITU-T G.107 in the simplified form of G.107 §7 with default values
 * (R0 − Is = 93.2), delay impairment after Cole & Rosenbluth (2001), equipment impairments of G.113 Appendix I.
 */

export interface Quality {
  readonly roundTripMs: number | null;
  readonly jitterMs: number;
  /** 0…1, of what this browser should have heard since the last look. */
  readonly lossShare: number;
}

export type CodecName = "PCMU" | "PCMA" | "G722" | "opus";

interface Impairment {
  /** Equipment impairment factor without loss. */
  readonly ie: number;
  /** Packet-loss robustness: the larger, the better loss is hidden. */
  readonly bpl: number;
}

/** G.113 Appendix I; G.711 with loss concealment. G.722 and Opus are judged on the narrowband scale, as what a phone would hear. */
const impairments: Readonly<Record<CodecName, Impairment>> = {
  PCMU: { ie: 0, bpl: 25.1 },
  PCMA: { ie: 0, bpl: 25.1 },
  G722: { ie: 0, bpl: 16 },
  opus: { ie: 0, bpl: 30 },
};

const BEST_R = 93.2;
/** One packet of 20 ms and the encoder. */
const PACKET_MS = 20;

/** Transmission rating R, 0…100 (G.107 equation 7-1). */
export function rating(quality: Quality, codec: CodecName = "PCMU"): number {
  // A jitter buffer waits about two deviations before it plays.
  const oneWayMs = (quality.roundTripMs ?? 0) / 2 + 2 * quality.jitterMs + PACKET_MS;
  const delay = 0.024 * oneWayMs + (oneWayMs > 177.3 ? 0.11 * (oneWayMs - 177.3) : 0);
  const { ie, bpl } = impairments[codec];
  const lossPercent = 100 * Math.min(1, Math.max(0, quality.lossShare));
  // G.107 equation 7-29 for random loss (BurstR = 1).
  const equipment = ie + (95 - ie) * (lossPercent / (lossPercent + bpl));
  return Math.min(100, Math.max(0, BEST_R - delay - equipment));
}

/** Mean opinion score, 1…4.5 (G.107 Annex B). */
export function meanOpinionScore(quality: Quality, codec: CodecName = "PCMU"): number {
  const r = rating(quality, codec);
  return r <= 0 ? 1 : 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
}

/** The counters of `getStats()` that quality is made of. */
export interface Counters {
  readonly received: number;
  readonly lost: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
}

type Report = Readonly<Record<string, unknown>>;

/** Reads a stats report (https://www.w3.org/TR/webrtc-stats/); null before anything was received. */
export function countersOf(reports: Iterable<Report>): Counters | null {
  let inbound: Report | null = null;
  let remote: Report | null = null;
  let pair: Report | null = null;
  for (const report of reports) {
    if (report.type === "inbound-rtp" && report.kind === "audio") inbound = report;
    else if (report.type === "remote-inbound-rtp") remote = report;
    else if (report.type === "candidate-pair" && report.nominated === true) pair = report;
  }
  if (inbound === null) return null;
  const roundTripS = numberIn(remote, "roundTripTime") ?? numberIn(pair, "currentRoundTripTime");
  return {
    received: numberIn(inbound, "packetsReceived") ?? 0,
    lost: numberIn(inbound, "packetsLost") ?? 0,
    jitterMs: (numberIn(inbound, "jitter") ?? 0) * 1000,
    roundTripMs: roundTripS === null ? null : roundTripS * 1000,
  };
}

function numberIn(report: Report | null, name: string): number | null {
  const value = report?.[name];
  return typeof value === "number" ? value : null;
}

/** Quality between two looks. */
export function qualityBetween(before: Counters | null, now: Counters): Quality {
  const lost = Math.max(0, now.lost - (before?.lost ?? 0));
  const received = Math.max(0, now.received - (before?.received ?? 0));
  const expected = lost + received;
  return { roundTripMs: now.roundTripMs, jitterMs: now.jitterMs, lossShare: expected === 0 ? 0 : lost / expected };
}
