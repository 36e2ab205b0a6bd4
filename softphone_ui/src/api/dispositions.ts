/** The outcomes that a wrap-up offers (docs/api.md). */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { components } from "./schema";

export type OfferedDisposition = components["schemas"]["OfferedDisposition"];

export const dispositionsQuery = (queueId: string | null) =>
  queryOptions({
    queryKey: ["dispositions", queueId],
    queryFn: ({ signal }) => api<{ items: OfferedDisposition[] }>("GET", `/dispositions?queue_id=${encodeURIComponent(queueId ?? "")}`, undefined, signal),
    staleTime: 60_000,
  });
