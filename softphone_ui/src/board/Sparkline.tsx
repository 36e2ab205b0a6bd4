import { points } from "./sparkline";

const WIDTH = 76;
const HEIGHT = 22;

/** Thirty minutes of waiting as a line; its words are in the label. */
export function Sparkline({ values, hot, label }: { values: readonly number[]; hot: boolean; label: string }) {
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} style={{ verticalAlign: "middle" }}>
      <polyline
        fill="none"
        stroke={hot ? "var(--pb-bad)" : "var(--pb-faint)"}
        strokeWidth={1.6}
        strokeLinejoin="round"
        points={points(values, WIDTH, HEIGHT)}
      />
    </svg>
  );
}
