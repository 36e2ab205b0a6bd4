/** Messages that could not be used and were set aside (docs/operations.md). What they hold is never shown. */
import { infiniteQueryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { components } from "./schema";

export type Letter = components["schemas"]["Letter"];
export type LetterPage = components["schemas"]["LetterPage"];
export type Shown = "waiting" | "all";

export const lettersQuery = (show: Shown) =>
  infiniteQueryOptions({
    queryKey: ["dead-letters", show],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ show, ...(pageParam === "" ? {} : { before: pageParam }) });
      return api<LetterPage>("GET", `/dead-letters?${query}`, undefined, signal);
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

export const handIn = (id: string) => api<undefined>("POST", `/dead-letters/${encodeURIComponent(id)}/hand-in`);
export const discard = (id: string) => api<undefined>("POST", `/dead-letters/${encodeURIComponent(id)}/discard`);
