/** What the company sets for its screens; it applies at once (docs/api.md). */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { Settings } from "./live";
import type { components } from "./schema";

export type Installation = components["schemas"]["InstallationView"];

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => api<Settings>("GET", "/settings", undefined, signal),
});

/** What sip.conf says of the company; it stays as it is until the server starts again. */
export const installationQuery = queryOptions({
  queryKey: ["installation"],
  queryFn: ({ signal }) => api<Installation>("GET", "/installation", undefined, signal),
  staleTime: Infinity,
});

/** `first_steps` null: as it is. */
export const changeSettings = (settings: Omit<Settings, "first_steps"> & { first_steps: boolean | null }) => api<Settings>("PUT", "/settings", settings);
