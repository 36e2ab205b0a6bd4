/** People, links and sign-ins (docs/api.md). */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { addressForOthers } from "../common/ownAddress";
import { api } from "./client";
import type { Language, Me, Role } from "./live";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type User = Schemas["UserView"];
export type UserState = User["state"];
export type UserPage = Schemas["UserPage"];
export type UserDetails = Schemas["UserDetails"];
export type AddedUser = Schemas["AddedUser"];
export type InvitationLink = Schemas["Link"];
export type OpenSession = Schemas["OpenSession"];
export type SecondStepState = Schemas["SecondStepState"];
export type SecondStepSetUp = Schemas["SetUp"];
export type OpenedInvitation = Schemas["OpenedInvitation"];

/** Null: any. */
export interface UserFilter {
  query: string;
  role: Role | null;
  state: UserState | null;
}

/** What is said of somebody who is added or changed. */
export interface UserFields {
  name: string;
  username?: string;
  email: string | null;
  role: Role;
  language: Language;
  takes_work: boolean;
  skills: Record<string, number>;
  /** Whose work the person sees and acts on; null: every queue's. */
  only_queues: string[] | null;
}

export const PAGE = 100;

export const usersQuery = (filter: UserFilter, offset: number) =>
  queryOptions({
    queryKey: ["users", filter, offset],
    queryFn: ({ signal }) => api<UserPage>("GET", `/users?${searchOf(filter, offset)}`, undefined, signal),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });

export const userQuery = (id: string) =>
  queryOptions({ queryKey: ["users", id], queryFn: ({ signal }) => api<UserDetails>("GET", `/users/${id}`, undefined, signal) });

export const sessionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", id, "sessions"],
    queryFn: ({ signal }) => api<{ items: OpenSession[] }>("GET", `/users/${id}/sessions`, undefined, signal),
  });

export const mySessionsQuery = queryOptions({
  queryKey: ["me", "sessions"],
  queryFn: ({ signal }) => api<{ items: OpenSession[] }>("GET", "/me/sessions", undefined, signal),
});

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token],
    queryFn: ({ signal }) => api<OpenedInvitation>("POST", "/invitations/open", { token }, signal),
    staleTime: Infinity,
    retry: false,
  });

/** `mail`: the link goes to the person's address, too. */
export const addUser = (fields: UserFields, mail: boolean) => api<AddedUser>("POST", "/users", mail ? { ...fields, mail } : fields);
/** `version` is the one on the screen: what somebody else has changed meanwhile is not overwritten. */
export const changeUser = (id: string, version: number, fields: Partial<UserFields>) =>
  api<UserDetails>("PATCH", `/users/${id}`, fields, undefined, { "If-Match": `"${version}"` });
export const disableUser = (id: string, reason: string) => api<UserDetails>("POST", `/users/${id}/disable`, { reason });
export const enableUser = (id: string) => api<UserDetails>("POST", `/users/${id}/enable`);
export const inviteUser = (id: string, mail = false) => api<InvitationLink>("POST", `/users/${id}/invitation`, mail ? { mail } : undefined);
/** Whether links can be sent by e-mail. */
export const mailQuery = queryOptions({
  queryKey: ["users", "mail"],
  queryFn: async ({ signal }) => (await api<UserPage>("GET", "/users?limit=1", undefined, signal)).mail,
  staleTime: 60_000,
});
export const setFirstPassword = (id: string, password: string) => api<undefined>("POST", `/users/${id}/password`, { password });
export const endSession = (id: string, sessionId: string) => api<undefined>("DELETE", `/users/${id}/sessions/${sessionId}`);
export const endSessions = (id: string) => api<undefined>("DELETE", `/users/${id}/sessions`);

export const changeMyPassword = (old: string, password: string) => api<Me>("POST", "/me/password", { old, password });
export const changeMyLanguage = (language: Language) => api<Me>("PATCH", "/me", { language });
export const endMySession = (sessionId: string) => api<undefined>("DELETE", `/me/sessions/${sessionId}`);
export const endMySessions = () => api<undefined>("DELETE", "/me/sessions");

export const secondStepQuery = queryOptions({
  queryKey: ["me", "second-step"],
  queryFn: ({ signal }) => api<SecondStepState>("GET", "/me/second-step", undefined, signal),
});
export const startSecondStep = (password: string) => api<SecondStepSetUp>("POST", "/me/second-step", { password });
export const confirmSecondStep = (code: string) => api<Schemas["RecoveryCodes"]>("POST", "/me/second-step/confirm", { code });
export const newRecoveryCodes = (code: string) => api<Schemas["RecoveryCodes"]>("POST", "/me/second-step/recovery-codes", { code });
export const removeSecondStep = (code: string) => api<undefined>("POST", "/me/second-step/remove", { code });
export const resetSecondStep = (id: string) => api<undefined>("DELETE", `/users/${id}/second-step`);

export interface Acceptance {
  name: string;
  password: string;
  username?: string;
  language: Language;
  code?: string;
}
export const acceptInvitation = (token: string, answer: Acceptance) => api<Me>("POST", "/invitations/accept", { token, ...answer });

/** The whole address of a link, for other people's browsers: what only this computer reaches is no address for them. */
export const addressOf = (link: InvitationLink): string => `${addressForOthers(link.address)}${link.path}`;

function searchOf({ query, role, state }: UserFilter, offset: number): string {
  const search = new URLSearchParams({ limit: String(PAGE), offset: String(offset) });
  if (query.trim() !== "") search.set("query", query.trim());
  if (role !== null) search.set("role", role);
  if (state !== null) search.set("state", state);
  return search.toString();
}
