/** Every request the pages make, by name. Keys are the paths, so that an answer is kept once. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, ApiError } from "./client";
import { rememberEnd, SESSION } from "./visit";
import type { CallRecord, Channel, Customer, HitGroup, Interaction, Me, MessagePage, TimelineItem } from "./live";

export interface PageOf<T> {
  items: T[];
  next: string | null;
}

export const sessionQuery = queryOptions({
  queryKey: SESSION,
  queryFn: async ({ signal, client }): Promise<Me | null> => {
    try {
      return await api<Me>("GET", "/session", undefined, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      rememberEnd(client, error.reason);
      return null;
    }
  },
  staleTime: Infinity,
});

/** What the sign-in page offers. */
export interface SignInWays {
  /** The identity provider's name. */
  provider: string | null;
  passwords: "everybody" | "administrators";
  /** Nobody can administer the installation yet. */
  needs_administrator: boolean;
  /** The certificate is of the installation's own authority: the browser may have warned of it. */
  own_authority: boolean;
}

export const waysQuery = queryOptions({
  queryKey: ["ways"],
  queryFn: ({ signal }) => api<SignInWays>("GET", "/session/ways", undefined, signal),
  staleTime: Infinity,
});

interface Https {
  kind: string;
  fingerprint: string | null;
  /** For other computers. */
  address: string;
}

/** The installation's own authority and address, asked before anybody is signed in. */
export const httpsQuery = queryOptions({
  queryKey: ["https"],
  queryFn: ({ signal }) => api<Https>("GET", "/https", undefined, signal),
  staleTime: Infinity,
});

export const customerQuery = (id: string) =>
  queryOptions({ queryKey: ["customers", id], queryFn: ({ signal }) => api<Customer>("GET", `/customers/${id}`, undefined, signal) });

export const searchQuery = (query: string, kinds: readonly HitGroup["kind"][] = []) =>
  queryOptions({
    queryKey: ["search", query, kinds],
    queryFn: ({ signal }) => {
      const asked = new URLSearchParams({ query });
      for (const kind of kinds) asked.append("kinds", kind);
      return api<{ groups: HitGroup[] }>("GET", `/search?${asked.toString()}`, undefined, signal);
    },
    enabled: query.trim() !== "",
    staleTime: 10_000,
  });

export const timelineQuery = (customerId: string, channel: Channel | null) =>
  infiniteQueryOptions({
    queryKey: ["timeline", customerId, channel],
    queryFn: ({ pageParam, signal }) => api<PageOf<TimelineItem>>("GET", timelinePath(customerId, channel, pageParam), undefined, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 15_000,
  });

export const interactionQuery = (id: string) =>
  queryOptions({
    queryKey: ["interactions", id],
    queryFn: ({ signal }) => api<Interaction>("GET", `/interactions/${id}`, undefined, signal),
    staleTime: 5_000,
  });

/** Where a page of a conversation begins: its end, around a message, or a cursor. */
type Stretch = Partial<Record<"before" | "after" | "around", string>>;

/** A conversation's messages, oldest first; older ones are fetched before, newer ones behind. */
export const messagesQuery = (interactionId: string, around: string | null) =>
  infiniteQueryOptions({
    queryKey: ["interactions", interactionId, "messages", around],
    queryFn: ({ pageParam, signal }) =>
      api<MessagePage>("GET", `/interactions/${interactionId}/messages?${new URLSearchParams({ limit: "50", ...pageParam }).toString()}`, undefined, signal),
    initialPageParam: around === null ? {} : { around },
    getPreviousPageParam: (page): Stretch | undefined => (page.older === null ? undefined : { before: page.older }),
    getNextPageParam: (page): Stretch | undefined => (page.newer === null ? undefined : { after: page.newer }),
    staleTime: 5_000,
  });

/** The newest calls, for whether one has ever worked. */
export const firstCallsQuery = queryOptions({
  queryKey: ["calls", "first"],
  queryFn: ({ signal }) => api<PageOf<CallRecord>>("GET", "/calls?limit=50", undefined, signal),
});

export const callsQuery = infiniteQueryOptions({
  queryKey: ["calls"],
  queryFn: ({ pageParam, signal }) =>
    api<PageOf<CallRecord>>("GET", `/calls?limit=50${pageParam ? `&before=${encodeURIComponent(pageParam)}` : ""}`, undefined, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next,
  staleTime: 5_000,
});

export const callQuery = (id: string) =>
  queryOptions({ queryKey: ["calls", id], queryFn: ({ signal }) => api<CallRecord>("GET", `/calls/${id}`, undefined, signal) });

export const recordingPath = (callId: string): string => `/calls/${callId}/recording`;

function timelinePath(customerId: string, channel: Channel | null, before: string | null): string {
  const search = new URLSearchParams({ limit: "30" });
  if (channel) search.set("channel", channel);
  if (before) search.set("before", before);
  return `/customers/${customerId}/timeline?${search.toString()}`;
}
