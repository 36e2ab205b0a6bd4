/** So few pages need no library: the address is parsed into a closed union, links push a new address. */
import { useMemo, useSyncExternalStore } from "react";

import { ABOUT, type About } from "../reports/about";

export type Route =
  | { page: "home" }
  | { page: "desk" }
  | { page: "board" }
  | { page: "calls"; callId: string | null }
  | { page: "customer"; customerId: string }
  | { page: "conversation"; interactionId: string; messageId: string | null }
  | { page: "reports"; about: About }
  | { page: "admin"; section: string | null; item: string | null }
  | { page: "unknown" };

export function parseRoute(path: string): Route {
  const [first, second, ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  if (first === "admin") return { page: "admin", section: second ?? null, item: rest.length > 0 ? rest.join("/") : null };
  if (first === "conversations" && second !== undefined && rest.length < 2) {
    return { page: "conversation", interactionId: second, messageId: rest[0] ?? null };
  }
  if (rest.length > 0) return { page: "unknown" };
  if (first === undefined || first === "index.html") return { page: "home" };
  if (first === "calls") return { page: "calls", callId: second ?? null };
  if (first === "customers" && second !== undefined) return { page: "customer", customerId: second };
  if (first === "reports" && second === undefined) return { page: "reports", about: "queues" };
  if (first === "reports" && ABOUT.some((about) => about === second)) return { page: "reports", about: second as About };
  if (second !== undefined) return { page: "unknown" };
  if (first === "desk" || first === "board") return { page: first };
  return { page: "unknown" };
}

const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

export function navigate(path: string, how: "push" | "replace" = "push"): void {
  if (path === location.pathname) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", path);
  notify();
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

export function useRoute(): Route {
  const path = usePath();
  return useMemo(() => parseRoute(path), [path]);
}
