import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { components } from "./schema";

export type TrunkStatus = components["schemas"]["TrunkStatus"];

const ASK_EVERY_MS = 10_000;

/** The trunks of sip.conf and how they are (docs/api.md). */
export const trunksQuery = queryOptions({
  queryKey: ["trunks"],
  queryFn: ({ signal }) => api<{ items: TrunkStatus[] }>("GET", "/trunks", undefined, signal),
  refetchInterval: ASK_EVERY_MS,
});
