import { clock } from "../format/time";

/** «1:20–3:10»: half wait less than the first, nine of ten less than the second; null while nothing is known. */
export function waitRange(p50: number | null, p90: number | null): string | null {
  if (p50 === null) return null;
  return p90 === null || clock(p90) === clock(p50) ? clock(p50) : `${clock(p50)}–${clock(p90)}`;
}
