/** Personal settings, kept in this browser. */
import { useSyncExternalStore } from "react";

import type { Language } from "../api/live";

export interface Preferences {
  /** Null: the language of the account. */
  language: Language | null;
  /** Single-letter shortcuts (WCAG 2.1.4: there must be a way to switch them off). */
  shortcuts: boolean;
  /** Ring when a call is offered. */
  sound: boolean;
  /** Show a desktop notification when a call is offered and the page is not in front. */
  notifications: boolean;
}

const KEY = "patchbay.preferences";
const defaults: Preferences = { language: null, shortcuts: true, sound: true, notifications: true };
const listeners = new Set<() => void>();
let current = load();

function load(): Preferences {
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) };
  } catch (error) {
    if (error instanceof SyntaxError) return defaults;
    throw error;
  }
}

export function preferences(): Preferences {
  return current;
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  localStorage.setItem(KEY, JSON.stringify(current));
  for (const listener of listeners) listener();
}

/** Asks for desktop notifications, when they are wanted and were never asked for. Call it on a click: browsers ignore it otherwise. */
export function askForNotifications(): void {
  if (current.notifications && typeof Notification !== "undefined" && Notification.permission === "default") void Notification.requestPermission();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    preferences,
  );
}

const VISIT = "patchbay.signed-in";

/** Whoever was signed in here last is likely to be still: what is behind the sign-in is then fetched while the session is looked for. */
export function rememberVisit(signedIn: boolean): void {
  if (signedIn) localStorage.setItem(VISIT, "1");
  else localStorage.removeItem(VISIT);
}

export function wasSignedIn(): boolean {
  return localStorage.getItem(VISIT) !== null;
}
