/** When an audio leg moves to another media node, decided from what is known of the nodes and of its sound. Pure. */

/** What the live view says of a media node. */
export interface MediaNode {
  readonly node_id: string;
  readonly state: "up" | "draining" | "drained" | "lost";
  readonly legs: number;
  readonly max_legs: number;
}

/** The desks of a node do not all move in the same moment. */
const SPREAD_MS = 800;
const SPREAD_LOST_MS = 200;
/** Whoever is in a call lets the others go first: all have moved within three seconds. */
const BUSY_WAITS_MS = 1000;

/**
 * How long to wait until another leg is opened; null: this one stays. `chance` is between 0 and 1.
 *
 * A node that is lost is left at once. One that is being drained is left when another one has room; a leg that has nowhere to go
 * stays where it is.
 */
export function movesAfterMs(nodeId: string | null, nodes: readonly MediaNode[], busy: boolean, chance: number): number | null {
  const state = nodes.find((node) => node.node_id === nodeId)?.state ?? "up";
  if (state === "up") return null;
  if (state === "lost") return chance * SPREAD_LOST_MS;
  if (!nodes.some((node) => node.state === "up" && node.legs < node.max_legs)) return null;
  return chance * SPREAD_MS + (busy ? BUSY_WAITS_MS : 0);
}

/** A node sends fifty packets a second, silence too: so much of nothing is a node, or a network, that is gone. */
export const DEAF_AFTER_MS = 1200;

/** Notices, once, that no packet has come for too long. */
export class Deafness {
  private newest: number | null = null;
  private at = 0;
  private told = false;

  /** `rtpTimestamp` of what was heard last, null when that is not known; true when it is time to open another leg. */
  look(rtpTimestamp: number | null, now: number): boolean {
    if (rtpTimestamp === null) return false;
    if (rtpTimestamp !== this.newest) {
      this.newest = rtpTimestamp;
      this.at = now;
      this.told = false;
      return false;
    }
    if (this.told || now - this.at < DEAF_AFTER_MS) return false;
    this.told = true;
    return true;
  }
}
