import type { AgentStateName } from "../api/live";

const COLOURS: Record<AgentStateName, string> = {
  free: "var(--pb-ok)",
  unreachable: "var(--pb-bad)",
  offered: "var(--pb-warn)",
  busy: "var(--pb-accent)",
  wrap_up: "var(--pb-wrap)",
  away: "var(--pb-away)",
  signed_out: "var(--pb-line)",
};

export const stateColour = (state: AgentStateName): string => COLOURS[state];

/** The colour of a state; always beside its word, never instead of it. */
export function Dot({ state, colour }: { state?: AgentStateName; colour?: string }) {
  const background = colour ?? COLOURS[state ?? "signed_out"];
  return <span aria-hidden="true" style={{ width: 9, height: 9, borderRadius: "50%", flex: "none", background, alignSelf: "center" }} />;
}
