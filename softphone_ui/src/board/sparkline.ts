const EDGE = 2;
/** A queue with at most this many waiting is drawn to this height, so that one caller does not look like a crowd. */
const LEAST_TOP = 4;

/** SVG points of a line that starts at the left edge and ends at the right one; zero is at the foot. */
export function points(values: readonly number[], width: number, height: number): string {
  const list = values.length === 0 ? [0, 0] : values.length === 1 ? [values[0] ?? 0, values[0] ?? 0] : values;
  const top = Math.max(LEAST_TOP, ...list);
  const step = (width - 2 * EDGE) / (list.length - 1);
  return list
    .map((value, index) => `${(EDGE + index * step).toFixed(1)},${(height - EDGE - (value / top) * (height - 2 * EDGE)).toFixed(1)}`)
    .join(" ");
}
