/** The end of a visit: nobody is signed in on this page any more, and why, as far as the server has said. */
import { queryOptions, type QueryClient } from "@tanstack/react-query";

import type { Me } from "./live";

/** Ends that somebody else decided, or time; whoever signs out knows why (`SessionEnd` of the server has the whole list). */
export const ENDS = ["expired", "replaced", "ended", "disabled", "role_changed", "password_changed", "account_changed"] as const;
export type VisitEnd = (typeof ENDS)[number];

/** Kept for the sign-in page. */
export const visitEndQuery = queryOptions({ queryKey: ["visit-end"], queryFn: (): VisitEnd | null => null, enabled: false, staleTime: Infinity });

export const SESSION = ["session"] as const;

export function visitEnd(told: string): VisitEnd | null {
  return ENDS.find((end) => end === told) ?? null;
}

/** `told`: the server's reason, empty when there is none. The first one stays: what follows in its wake knows less. */
export function endVisit(queries: QueryClient, told = ""): void {
  rememberEnd(queries, told);
  queries.setQueryData<Me | null>(SESSION, null);
}

export function rememberEnd(queries: QueryClient, told: string): void {
  const end = visitEnd(told);
  if (end !== null || queries.getQueryData(SESSION) !== null) queries.setQueryData(visitEndQuery.queryKey, end);
}
