/** When a number turns amber or red. Red is for what needs action now, amber for soon, grey for the rest. */

export type Tone = "calm" | "soon" | "late";

/** A wait is late at three times the promise («answered within 20 s»), soon from the promise on. */
export function waitTone(waitS: number, promiseS: number): Tone {
  if (waitS >= 3 * promiseS) return "late";
  return waitS >= promiseS ? "soon" : "calm";
}

/** Service level against the usual aim of 80 %: red below 60, amber below 80. */
export function serviceTone(share: number): Tone {
  if (share < 0.6) return "late";
  return share < 0.8 ? "soon" : "calm";
}

/**
 * Nine of ten should wait no longer than the p90 they were told. Below 85 % customers are told too little. Above 95 % they are told too
 * much, which nobody has to act on today: the metric `patchbay_queue_estimate_kept` has an alarm for both.
 */
export function rightlySaid(share: number): boolean {
  return share >= 0.85;
}
