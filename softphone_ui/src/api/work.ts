/** Work on its way to an agent, and why it went there: the server's own types, by the names that pages use. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Decision = Schemas["Decision"];
export type DecisionCandidate = Schemas["DecisionCandidate"];
export type WorkState = Schemas["WorkState"];
/** Anything that waits for an agent or is in an agent's hands. */
export type Work = Schemas["Work"];
/** The first of those who wait in a queue, the next first. */
export type Line = Schemas["Line"];
export type Place = Line["places"][number];
