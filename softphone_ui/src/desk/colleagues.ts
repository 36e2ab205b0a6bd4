import { queryOptions } from "@tanstack/react-query";

import { api } from "../api/client";
import type { ColleagueList } from "../api/live";
import { inShownOrder } from "./handOn";

const COLLEAGUES_EVERY_MS = 3000;

/** While it is on screen it follows what happens, and nobody changes places. */
export const colleaguesQuery = (query: string) =>
  queryOptions({
    queryKey: ["colleagues", query],
    queryFn: ({ signal }) => api<ColleagueList>("GET", `/colleagues?${new URLSearchParams({ query }).toString()}`, undefined, signal),
    structuralSharing: (shown, found) => inShownOrder(shown as ColleagueList | undefined, found as ColleagueList),
    refetchInterval: COLLEAGUES_EVERY_MS,
    gcTime: 0,
  });
