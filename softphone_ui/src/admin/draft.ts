/**
 * What the administrator has changed and not published yet. It is kept in this browser under the person's id: changing the page,
 * reloading and signing out lose nothing. Where the browser has no room for it, closing the tab asks.
 */
import { useSyncExternalStore } from "react";

import type { Document, Saved } from "../api/configuration";

export interface Draft {
  /** The version the changes began from. */
  base: Pick<Saved, "version" | "document">;
  document: Document;
}

/** Where a draft is kept; a test gives another. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const keyOf = (userId: string): string => `patchbay.draft.${userId}`;

/** The draft that was left here; null: none, or not one that this release can read. */
export function kept(shelf: Shelf, userId: string): Draft | null {
  const text = shelf.getItem(keyOf(userId));
  if (text === null) return null;
  try {
    const found = JSON.parse(text) as Partial<Draft>;
    return found.base !== undefined && found.document !== undefined ? { base: found.base, document: found.document } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Says whether there was room for it. */
export function keep(shelf: Shelf, userId: string, draft: Draft | null): boolean {
  if (draft === null) {
    shelf.removeItem(keyOf(userId));
    return true;
  }
  try {
    shelf.setItem(keyOf(userId), JSON.stringify(draft));
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

const listeners = new Set<() => void>();
let owner: string | null = null;
let draft: Draft | null = null;

/** The person whose draft this is. */
export function openDraft(userId: string): void {
  if (owner === userId) return;
  owner = userId;
  draft = kept(localStorage, userId);
  for (const listener of listeners) listener();
}

function set(next: Draft | null): void {
  draft = next;
  const safe = owner !== null && keep(localStorage, owner, next);
  window[safe || next === null ? "removeEventListener" : "addEventListener"]("beforeunload", ask);
  for (const listener of listeners) listener();
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** A draft that equals what it began from is none. */
export function change(base: Saved, document: Document): void {
  const from = draft?.base ?? { version: base.version, document: base.document };
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
