/** Has another leg opened when this one's node is lost, drained or not heard any more. Owns the wait before that; `moving.ts` decides. */
import type { AudioLeg } from "./leg";
import { Deafness, movesAfterMs, type MediaNode } from "./moving";

interface Wiring {
  /** The one that is connected. */
  leg(): AudioLeg | null;
  /** Opens another one beside it, unless that has begun. */
  open(): void;
}

export class Mover {
  /** A node that is, or seems to be, gone: another leg had better not go there. */
  avoid: string | null = null;
  private readonly wiring: Wiring;
  private timer: number | undefined;
  private deafness = new Deafness();

  constructor(wiring: Wiring) {
    this.wiring = wiring;
  }

  nodesAre(nodes: readonly MediaNode[], busy: boolean): void {
    const nodeId = this.wiring.leg()?.nodeId ?? null;
    const after = movesAfterMs(nodeId, nodes, busy, Math.random());
    if (after === null) {
      this.stop();
      return;
    }
    if (nodes.some((node) => node.node_id === nodeId && node.state === "lost")) this.avoid = nodeId;
    this.timer ??= window.setTimeout(() => {
      this.timer = undefined;
      if (this.wiring.leg()?.nodeId === nodeId) this.wiring.open();
    }, after);
  }

  /** A node that died says no goodbye, and ICE notices only after seconds. */
  listen(): void {
    const leg = this.wiring.leg();
    if (leg === null || !this.deafness.look(leg.heard, performance.now())) return;
    this.avoid = leg.nodeId;
    this.wiring.open();
  }

  /** Another leg is connected. */
  moved(): void {
    this.stop();
    this.avoid = null;
    this.deafness = new Deafness();
  }

  stop(): void {
    window.clearTimeout(this.timer);
    this.timer = undefined;
  }
}
