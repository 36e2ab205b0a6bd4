import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { components } from "./schema";

export type NodeStatus = components["schemas"]["NodeStatus"];

const ASK_EVERY_MS = 3_000;

/** The media nodes, those that run and those that were drained and stopped. */
export const nodesQuery = queryOptions({
  queryKey: ["nodes"],
  queryFn: ({ signal }) => api<{ items: NodeStatus[] }>("GET", "/nodes", undefined, signal),
  refetchInterval: ASK_EVERY_MS,
});

/** Calls end in their own time; nothing new comes in until `resumeNode`. */
export const drainNode = (id: string) => api<undefined>("POST", `/nodes/${encodeURIComponent(id)}/drain`);
export const resumeNode = (id: string) => api<undefined>("POST", `/nodes/${encodeURIComponent(id)}/resume`);
