import { queryOptions, replaceEqualDeep } from "@tanstack/react-query";

import { api } from "../api/client";
import type { ColleagueList } from "../api/live";
import { inShownOrder } from "./handOn";

const COLLEAGUES_EVERY_MS = 3000;

/** While it is on screen it follows what happens, and nobody changes places. */
export const colleaguesQuery = (query: string) =>
  queryOptions({
    queryKey: ["colleagues", query],
    queryFn: ({ signal }) => api<ColleagueList>("GET", `/colleagues?${new URLSearchParams({ query }).toString()}`, undefined, signal),
    // What is the same stays the same object: a new one each time would be drawn, and asked for, without end.
    structuralSharing: (shown, found) => replaceEqualDeep(shown, inShownOrder(shown as ColleagueList | undefined, found as ColleagueList)),
    refetchInterval: COLLEAGUES_EVERY_MS,
    gcTime: 0,
  });
