/** Where a chart's lines, bars and labels are. Pure. */

/** Rounds a greatest value up to one that a person would draw: 1, 2, 5 or 10 times a power of ten. */
export function niceTop(most: number, least = 4): number {
  const value = Math.max(most, least);
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 10].find((each) => each * power >= value - 1e-9) ?? 10;
  return step * power;
}

const CLOCK_TOPS_S = [20, 40, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14_400];

/** The same for times: halves of it are whole minutes or tens of seconds, too. */
export function clockTop(most: number): number {
  return CLOCK_TOPS_S.find((each) => each >= most) ?? Math.ceil(most / 3600) * 3600;
}

/** Which of `count` places along the foot have a label, so that there is room for each. */
export function labelled(count: number, most: number): number[] {
  const step = [1, 2, 4, 6, 8, 12, 24, 48, 96].find((each) => Math.ceil(count / each) <= most) ?? Math.ceil(count / most);
  return [...Array(Math.ceil(count / step)).keys()].map((index) => index * step);
}

/** An SVG path through the points that are there; what was not measured is a gap, a lone point a short dash. */
export function path(values: readonly (number | null)[], x: (index: number) => number, y: (value: number) => number): string {
  let drawn = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const goesOn = index > 0 && values[index - 1] !== null;
    const point = `${x(index).toFixed(1)},${y(value).toFixed(1)}`;
    const alone = !goesOn && (values[index + 1] ?? null) === null;
    drawn += alone ? `M${(x(index) - 2).toFixed(1)},${y(value).toFixed(1)}h4` : `${goesOn ? "L" : "M"}${point}`;
  });
  return drawn;
}

/** An SVG path over the tops of bars that are not drawn: flat over each interval, with a gap where nothing was. */
export function steps(values: readonly (number | null)[], x: (index: number) => number, width: number, y: (value: number) => number): string {
  let drawn = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const goesOn = index > 0 && values[index - 1] !== null;
    drawn += `${goesOn ? "V" : `M${x(index).toFixed(1)},`}${y(value).toFixed(1)}H${(x(index) + width).toFixed(1)}`;
  });
  return drawn;
}
