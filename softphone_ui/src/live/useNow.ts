import { useSyncExternalStore } from "react";

import { useLive } from "./LiveProvider";

const TICK_MS = 500;

/** One timer for every clock on the page, so that all of them change together. */
const clock = {
  now: Date.now() / 1000,
  listeners: new Set<() => void>(),
  timer: undefined as number | undefined,
};

function subscribe(listener: () => void): () => void {
  clock.listeners.add(listener);
  clock.timer ??= window.setInterval(() => {
    clock.now = Date.now() / 1000;
    for (const each of clock.listeners) each();
  }, TICK_MS);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size === 0) {
      window.clearInterval(clock.timer);
      clock.timer = undefined;
    }
  };
}

/** The browser's time, seconds, twice a second. */
export function useBrowserNow(): number {
  return useSyncExternalStore(subscribe, () => clock.now);
}

/** The server's time, seconds: what running clocks on screen are measured against. */
export function useNow(): number {
  const offset = useLive((state) => state.clockOffset);
  return useBrowserNow() + offset;
}
