/** The number plan as docs/api.md states it. */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";

export interface NumberContent {
  number: string;
  /** Empty: by any. */
  trunk: string;
  flow_id: string;
  language: string;
  label: string;
}

export interface NumberRule extends NumberContent {
  number_id: string;
  version: number;
}

export interface UnassignedNumber {
  number: string;
  trunk: string;
  calls: number;
  first_at: number;
  last_at: number;
  /** The last ones, newest first; an empty number is withheld. */
  callers: { caller: string; at: number }[];
}

export const numbersQuery = queryOptions({
  queryKey: ["numbers"],
  queryFn: ({ signal }) => api<{ items: NumberRule[]; trunks: string[] }>("GET", "/numbers", undefined, signal),
});

export const unassignedQuery = queryOptions({
  queryKey: ["numbers", "unassigned"],
  queryFn: ({ signal }) => api<{ items: UnassignedNumber[] }>("GET", "/numbers/unassigned", undefined, signal),
  refetchInterval: 30_000,
});

/** What would answer this call. */
export const findQuery = (called: string, trunk: string) =>
  queryOptions({
    queryKey: ["numbers", "find", called, trunk],
    queryFn: ({ signal }) =>
      api<{ rule: NumberRule | null }>("GET", `/numbers/find?called=${encodeURIComponent(called)}&trunk=${encodeURIComponent(trunk)}`, undefined, signal),
  });

export const addNumber = (content: NumberContent) => api<NumberRule>("POST", "/numbers", content);
export const changeNumber = (rule: NumberRule, content: NumberContent) => api<NumberRule>("PUT", `/numbers/${rule.number_id}`, content, undefined, seen(rule));
export const removeNumber = (rule: NumberRule) => api<undefined>("DELETE", `/numbers/${rule.number_id}`, undefined, undefined, seen(rule));

/** The version that a change is made on (`If-Match`). */
function seen(rule: NumberRule): Record<string, string> {
  return { "If-Match": `"${rule.version}"` };
}
