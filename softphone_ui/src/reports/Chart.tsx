import { useElementSize } from "@mantine/hooks";
import { useId, type ReactNode } from "react";

import { labelled, path, steps } from "./axis";
import classes from "./Charts.module.css";

const HEIGHT = 166;
const TOP = 8;
const FOOT = 22;
const LEFT = 46;
const LABEL_PX = 84;

export interface Scale {
  top: number;
  text: (value: number) => string;
}

export interface Part {
  name: string;
  /** One of the kinds in `Charts.module.css`. */
  kind: "first" | "second" | "third" | "bad" | "away";
  values: readonly number[];
}

export interface Line {
  name: string;
  kind: "solid" | "dashed" | "earlier";
  values: readonly (number | null)[];
  scale: Scale;
}

const textOf = (value: number | null, scale: Scale): string => (value === null ? "–" : scale.text(value));

interface Common {
  title: string;
  /** What the whole picture says, in words. */
  summary: string;
  /** Of each interval, short and whole. */
  labels: readonly { foot: string; whole: string }[];
  /** The interval that still runs. */
  running: number | null;
  chosen: number | null;
  choose: (index: number) => void;
}

interface Place {
  x: (index: number) => number;
  y: (share: number) => number;
  step: number;
}

/** Frame, scales, foot and the chosen interval, the same for bars and lines. The table below has every number in words. */
function Frame(props: Common & { legend: ReactNode; left: Scale; right?: Scale; told: (index: number) => string; children: (place: Place) => ReactNode }) {
  const { title, summary, labels, running, chosen, choose, legend, left, right, told, children } = props;
  const { ref, width } = useElementSize();
  const hatch = useId();
  const across = Math.max(120, width || 460) - LEFT - (right === undefined ? 10 : 44);
  const step = across / Math.max(1, labels.length);
  const place: Place = { step, x: (index) => LEFT + (index + 0.5) * step, y: (share) => TOP + (1 - share) * (HEIGHT - TOP - FOOT) };
  return (
    <section className={classes.card}>
      <div className={classes.head}>
        <h2 title={title}>{title}</h2>
        <span className={classes.legend}>{legend}</span>
      </div>
      <div className={classes.picture}>
        <div ref={ref}>
        <svg width="100%" height={HEIGHT} role="img" aria-label={summary}>
          <pattern id={hatch} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <path d="M0,0V6" className={classes.hatch} />
          </pattern>
          {chosen !== null && <rect className={classes.chosen} x={LEFT + chosen * step} y={TOP} width={step} height={HEIGHT - TOP - FOOT} />}
          {[0, 0.5, 1].map((share) => (
            <g key={share} className={classes.grid}>
              <line x1={LEFT} x2={LEFT + across} y1={place.y(share)} y2={place.y(share)} />
              <text x={LEFT - 6} y={place.y(share) + 4} textAnchor="end">
                {left.text(share * left.top)}
              </text>
              {right !== undefined && (
                <text x={LEFT + across + 6} y={place.y(share) + 4}>
                  {right.text(share * right.top)}
                </text>
              )}
            </g>
          ))}
          {labelled(labels.length, Math.max(1, Math.floor(across / LABEL_PX))).map((index) => (
            <text key={index} className={classes.foot} x={LEFT + index * step} y={HEIGHT - 5}>
              {labels[index]?.foot}
            </text>
          ))}
          {children(place)}
          {running !== null && <rect fill={`url(#${hatch})`} x={LEFT + running * step} y={TOP} width={step} height={HEIGHT - TOP - FOOT} />}
          {labels.map((label, index) => (
            <rect key={index} className={classes.touch} x={LEFT + index * step} y={TOP} width={step} height={HEIGHT - TOP} onClick={() => choose(index)}>
              <title>{`${label.whole}\n${told(index)}`}</title>
            </rect>
          ))}
        </svg>
        </div>
      </div>
    </section>
  );
}

/** An earlier time beside the report's, all parts together: grey and dashed everywhere. */
export interface Then {
  name: string;
  values: readonly (number | null)[];
}

const earlierOf = ({ name, values }: Then, scale: Scale): Line => ({ name, values, kind: "earlier", scale });

function Sample({ line }: { line: Line }) {
  return (
    <span>
      <svg width={18} height={8} aria-hidden="true">
        <line x1={0} x2={18} y1={4} y2={4} className={classes.line} data-kind={line.kind} />
      </svg>
      {line.name}
    </span>
  );
}

/** What happened in each interval, one part upon the other. */
export function StackedBars({ parts, scale, then, ...common }: Common & { parts: readonly Part[]; scale: Scale; then: Then | null }) {
  const before = then === null ? null : earlierOf(then, scale);
  const legend = (
    <>
      {parts.map((part) => (
        <span key={part.name}>
          <i className={classes.square} data-kind={part.kind} />
          {part.name}
        </span>
      ))}
      {before !== null && <Sample line={before} />}
    </>
  );
  const told = (index: number): string =>
    [...parts.map((part) => `${part.name}: ${scale.text(part.values[index] ?? 0)}`), ...(before === null ? [] : [`${before.name}: ${textOf(before.values[index] ?? null, scale)}`])].join("\n");
  return (
    <Frame {...common} legend={legend} left={scale} told={told}>
      {({ x, y, step }) => {
        const wide = Math.max(1, step * 0.66);
        const bars = parts.map((part, number) =>
          part.values.map((value, index) => {
            if (value <= 0) return null;
            const below = parts.slice(0, number).reduce((sum, each) => sum + (each.values[index] ?? 0), 0);
            const high = y((below + value) / scale.top);
            return <rect key={`${part.name}${index}`} className={classes.part} data-kind={part.kind} x={x(index) - wide / 2} y={high} width={wide} height={y(below / scale.top) - high} />;
          }),
        );
        return (
          <>
            {bars}
            {before !== null && <path className={classes.line} data-kind="earlier" d={steps(before.values, (index) => x(index) - step / 2, step, (value) => y(Math.min(1, value / scale.top)))} />}
          </>
        );
      }}
    </Frame>
  );
}

/** Two measures over time; the first has its scale on the left, the second on the right. `then` is the first one's. */
export function Lines({ lines, then, ...common }: Common & { lines: readonly [Line, Line]; then: Then | null }) {
  const [first, second] = lines;
  const drawn = then === null ? lines : [earlierOf(then, first.scale), ...lines];
  const named = then === null ? lines : [...lines, earlierOf(then, first.scale)];
  const legend = named.map((line) => <Sample key={line.name} line={line} />);
  const told = (index: number): string => named.map(({ name, values, scale }) => `${name}: ${textOf(values[index] ?? null, scale)}`).join("\n");
  return (
    <Frame {...common} legend={legend} left={first.scale} right={second.scale} told={told}>
      {({ x, y }) => drawn.map(({ name, kind, values, scale }) => <path key={name} className={classes.line} data-kind={kind} d={path(values, x, (value) => y(Math.min(1, value / scale.top)))} />)}
    </Frame>
  );
}
