/** The audit log (docs/api.md): who saw, heard or changed what. */
import { infiniteQueryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { components } from "./schema";

export type AuditItem = components["schemas"]["AuditItem"];
export type AuditPage = components["schemas"]["AuditPage"];

/** Empty: not asked. Days are the reader's own. */
export interface AuditFilter {
  who: string;
  action: string;
  about: string;
  /** `2026-11-30` */
  from: string;
  until: string;
  refused: boolean;
}

/** What 0.1 called two actions; its entries stay as they are. */
const BEFORE: Readonly<Record<string, string>> = { publish_configuration: "configuration changed", import_history: "history.imported" };

/** The code by which an action has its words. */
export const codeOf = (action: string): string => Object.keys(BEFORE).find((code) => BEFORE[code] === action) ?? action;

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) => api<AuditPage>("GET", `/audit?${searchOf(filter, pageParam)}`, undefined, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    staleTime: 10_000,
  });

/** The question as the address of the API asks it: a day begins and ends where the reader's does. */
export function searchOf(filter: AuditFilter, before: string): string {
  const search = new URLSearchParams();
  if (filter.who !== "") search.set("who", filter.who);
  for (const action of [filter.action, BEFORE[filter.action] ?? ""]) if (action !== "") search.append("action", action);
  if (filter.about.trim() !== "") search.set("about", filter.about.trim());
  if (filter.from !== "") search.set("since", String(startOf(filter.from, 0)));
  if (filter.until !== "") search.set("until", String(startOf(filter.until, 1)));
  if (filter.refused) search.set("result", "refused");
  if (before !== "") search.set("before", before);
  return search.toString();
}

function startOf(day: string, later: number): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).getTime() / 1000;
}
