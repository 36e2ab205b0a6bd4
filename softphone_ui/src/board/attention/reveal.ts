/** Brings a row of the board into sight, gives it the focus and marks it for a moment. */
import { useEffect } from "react";
import { flushSync } from "react-dom";

const MARKED_MS = 2500;

/** What shows rows that are folded or filtered out, by the beginning of their names. */
const unfolding = new Map<string, () => void>();

/** False: it is not on the screen, folded or not. */
export function reveal(what: string): boolean {
  let row = rowOf(what);
  if (row === null) {
    const unfold = [...unfolding].find(([prefix]) => what.startsWith(prefix))?.[1];
    if (unfold === undefined) return false;
    flushSync(unfold);
    row = rowOf(what);
  }
  if (row === null) return false;
  const shown = row;
  shown.scrollIntoView({ block: "nearest", inline: "nearest" });
  shown.focus({ preventScroll: true });
  shown.dataset.revealed = "true";
  window.setTimeout(() => delete shown.dataset.revealed, MARKED_MS);
  return true;
}

/** A list says how all of its rows come to be shown. */
export function useRevealed(prefix: string, unfold: () => void): void {
  useEffect(() => {
    unfolding.set(prefix, unfold);
    return () => {
      unfolding.delete(prefix);
    };
  }, [prefix, unfold]);
}

const rowOf = (what: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-reveal="${CSS.escape(what)}"]`);
