import { TextInput } from "@mantine/core";
import { useState } from "react";

import { spansOf } from "./document";

interface Props {
  label: string;
  spans: string[];
  error?: string | undefined;
  placeholder?: string;
  change: (spans: string[]) => void;
}

/** Hours of a day as people write them: «09:00-12:30, 13:30-17:00». What is typed stays as it is while it is typed. */
export function SpansInput({ label, spans, error, placeholder, change }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder ?? label}
      value={typed ?? spans.join(", ")}
      error={error}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        change(spansOf(event.currentTarget.value));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
