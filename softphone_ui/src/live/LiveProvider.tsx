import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";

import { LiveConnection, type LiveView } from "./connection";
import type { LiveState } from "./reducer";

const Live = createContext<LiveConnection | null>(null);

const browserNow = (): number => Date.now() / 1000;

function liveUrl(): string {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}/api/v1/live`;
}

/** Owns the one live connection of the page while somebody is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [connection] = useState(() => new LiveConnection(liveUrl(), browserNow));
  useEffect(() => {
    connection.start();
    return () => connection.stop();
  }, [connection]);
  return <Live value={connection}>{children}</Live>;
}

export function useLiveConnection(): LiveConnection {
  const connection = use(Live);
  if (connection === null) throw new Error("LiveProvider is missing above this component");
  return connection;
}

/** The part of the live view that `select` picks; draws again only when that part is another value. */
export function useLiveView<T>(select: (view: LiveView) => T): T {
  const connection = useLiveConnection();
  return useSyncExternalStore(connection.subscribe, () => select(connection.current()));
}

export function useLive<T>(select: (state: LiveState) => T): T {
  return useLiveView((view) => select(view.state));
}
