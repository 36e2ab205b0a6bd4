import type { CSSProperties } from "react";

import type { AgentStateName } from "../api/live";

const COLOURS: Record<AgentStateName, string> = {
  available: "var(--pb-ok)",
  unreachable: "var(--pb-bad)",
  offered: "var(--pb-warn)",
  busy: "var(--pb-accent)",
  wrap_up: "var(--pb-wrap)",
  away: "var(--pb-away)",
  signed_out: "var(--pb-line)",
};

export const stateColour = (state: AgentStateName): string => COLOURS[state];

/** Never by colour alone: unreachable is a hollow ring, wrap-up is half full, busy is square. */
function shape(state: AgentStateName | undefined, colour: string): CSSProperties {
  switch (state) {
    case "unreachable":
      return { border: `2px solid ${colour}` };
    case "wrap_up":
      return { border: `1px solid ${colour}`, background: `linear-gradient(90deg, ${colour} 50%, transparent 50%)` };
    case "busy":
      return { background: colour, borderRadius: 2 };
    default:
      return { background: colour };
  }
}

/** A state at a glance; always beside its word, never instead of it. */
export function Dot({ state, colour }: { state?: AgentStateName; colour?: string }) {
  const look = shape(state, colour ?? COLOURS[state ?? "signed_out"]);
  return <span aria-hidden="true" style={{ width: 9, height: 9, boxSizing: "border-box", borderRadius: "50%", flex: "none", alignSelf: "center", ...look }} />;
}
