import { useCallback, useSyncExternalStore } from "react";

import { useLive, useLiveConnection } from "./LiveProvider";

/** Timers come a moment early or late; so far behind the second they are always on its right side. */
const BEHIND_MS = 20;

/** What stands on the screen of a time: equal when it reads the same. */
type Shown = string | number | boolean | null;

/**
 * One timer for every clock on the page. It ticks with the second and tells whole seconds: all clocks change in one frame, each
 * second of each is shown, and none runs ahead.
 */
const clock = {
  now: Math.floor(Date.now() / 1000),
  listeners: new Set<() => void>(),
  timer: undefined as number | undefined,
};

function wind(): void {
  const now = Date.now();
  clock.now = Math.floor(now / 1000);
  clock.timer = window.setTimeout(tick, 1000 - (now % 1000) + BEHIND_MS);
}

function tick(): void {
  wind();
  for (const each of clock.listeners) each();
}

function subscribe(listener: () => void): () => void {
  // Nobody looked at it while nobody listened.
  if (clock.timer === undefined) wind();
  clock.listeners.add(listener);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size === 0) {
      window.clearTimeout(clock.timer);
      clock.timer = undefined;
    }
  };
}

/** What `select` makes of the browser's time, seconds, asked each second; draws again only when that is another value. */
export function useBrowserNow<T extends Shown>(select: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => select(clock.now));
}

/** The same of the server's time: what running clocks on screen are measured against. */
export function useNow<T extends Shown>(select: (now: number) => T): T {
  const offset = useLive((state) => state.clockOffset);
  return useBrowserNow((now) => select(now + offset));
}

/** Asks for the server's time at a moment of its own, as when something is sent; nothing is drawn by it. */
export function useServerTime(): () => number {
  const live = useLiveConnection();
  return useCallback(() => Date.now() / 1000 + live.current().state.clockOffset, [live]);
}
