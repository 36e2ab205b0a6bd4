/** 0.764 → «76.4 %» in the reader's language. */
export function percent(share: number, language: string, digits = 1): string {
  return new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

/** «Dana Whitfield» → «DW»; one Chinese character for a Chinese name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return "?";
  if (/\p{Script=Han}/u.test(first)) return letter(first);
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return `${letter(first)}${last ? letter(last) : ""}`.toUpperCase();
}

/** The first letter as a reader sees it, not as a code unit. */
function letter(word: string): string {
  for (const { segment } of new Intl.Segmenter().segment(word)) return segment;
  return "";
}

/**
 * Listening quality 1…4.5 from round trip, jitter and loss: the E-model of ITU-T G.107 reduced to its delay and loss
 * terms (Id ≈ 0.024 d + 0.11 (d − 177.3) H(d − 177.3); Ie_eff for G.711 with loss concealment ≈ 30 ln(1 + 15 e)).
 */
export function estimatedMos(roundTripMs: number, jitterMs: number, lossShare: number): number {
  const delay = roundTripMs / 2 + 2 * jitterMs + 10;
  const delayImpairment = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
  const lossImpairment = 30 * Math.log(1 + 15 * lossShare);
  const r = Math.max(0, Math.min(100, 93.2 - delayImpairment - lossImpairment));
  return 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
}
