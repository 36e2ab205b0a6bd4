/** What the company sets for its screens; it applies at once (docs/api.md). */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { Settings } from "./live";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => api<Settings>("GET", "/settings", undefined, signal),
});

export const changeSettings = (settings: Settings) => api<Settings>("PUT", "/settings", settings);
