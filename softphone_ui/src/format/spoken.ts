import type { Segment } from "../api/live";

/** When an utterance began, seconds: its stream counts from the moment the call was connected, also when a leg was replaced. */
export function spokenAt(segment: Segment, connectedAt: number | null): number {
  return connectedAt === null ? segment.at : connectedAt + segment.start_ms / 1000;
}
