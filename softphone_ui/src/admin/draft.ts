/**
 * What the administrator has changed and not saved yet. It lives as long as the tab: leaving the page or changing the view loses
 * nothing; closing the tab asks.
 */
import { useSyncExternalStore } from "react";

import type { Document, Saved } from "../api/configuration";

export interface Draft {
  /** The version the changes began from. */
  base: Saved;
  document: Document;
}

const listeners = new Set<() => void>();
let draft: Draft | null = null;

function set(next: Draft | null): void {
  const wasDirty = draft !== null;
  draft = next;
  if (wasDirty !== (next !== null)) window[next === null ? "removeEventListener" : "addEventListener"]("beforeunload", ask);
  for (const listener of listeners) listener();
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** A draft that equals what it began from is none. */
export function change(base: Saved, document: Document): void {
  const from = draft?.base ?? base;
  set(equal(document, from.document) ? null : { base: from, document });
}

export function discard(): void {
  set(null);
}

export function useDraft(): Draft | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => draft,
  );
}

/** Deep equality of plain data; the order of names means nothing. */
export function equal(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => name in other && equal((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]));
}
