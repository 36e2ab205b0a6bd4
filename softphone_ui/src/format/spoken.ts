import type { Segment } from "../api/live";

/**
 * When an utterance began, seconds. A live final comes right after its last word, so its beginning is its time less its length, also
 * when a leg was replaced and its new stream counts from zero; a late one is timed from the recording, which began with the call.
 * The same rule as the server's (`customers/records.py`).
 */
export function spokenAt(segment: Segment, connectedAt: number | null): number {
  if (segment.late && connectedAt !== null) return connectedAt + segment.start_ms / 1000;
  return segment.at - (segment.end_ms - segment.start_ms) / 1000;
}
