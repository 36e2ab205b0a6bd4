import { NumberInput } from "@mantine/core";

/** Told as shares of one, shown and entered as percentages. */
const SHARES: ReadonlySet<string> = new Set([
  "service_level_soon",
  "service_level_now",
  "abandoned_soon",
  "abandoned_now",
  "node_soon",
  "node_now",
  "clear_margin",
]);

const PERCENT = "%";

/** 0.07 × 100 is not quite 7. */
const rounded = (value: number): number => Number(value.toFixed(6));

const suffixOf = (name: string, suffix: string): string => (SHARES.has(name) ? PERCENT : suffix);

/** «80%», «2 ×», as the field of this threshold shows it. */
export const thresholdWords = (name: string, value: number, suffix: string): string => `${SHARES.has(name) ? rounded(value * 100) : value}${suffixOf(name, suffix)}`;

interface Props {
  name: string;
  label: string;
  suffix: string;
  value: number | null;
  placeholder?: string;
  description?: string;
  error: string | undefined;
  /** null: nothing is entered. */
  change: (value: number | null) => void;
}

/** One threshold in the unit in which people speak of it. */
export function ThresholdInput({ name, suffix, value, change, ...rest }: Props) {
  const scale = SHARES.has(name) ? 100 : 1;
  return (
    <NumberInput
      {...rest}
      suffix={suffixOf(name, suffix)}
      value={value === null ? "" : rounded(value * scale)}
      {...(SHARES.has(name) ? { max: 100 } : {})}
      hideControls
      allowNegative={false}
      onChange={(entered) => change(typeof entered === "number" ? rounded(entered / scale) : null)}
    />
  );
}
