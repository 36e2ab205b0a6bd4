/** Who is told of what needs attention, by e-mail or webhook (docs/api.md). */
import { queryOptions } from "@tanstack/react-query";

import { api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Notification = Schemas["Notification"];
export type NotificationKind = Notification["kind"];
export type Severity = Notification["severities"][number];
export type NotificationBody = Omit<Notification, "notification_id" | "kind" | "version">;
export type NewNotification = Schemas["NewNotificationAnswer"];

export const notificationsQuery = queryOptions({
  queryKey: ["notifications"],
  queryFn: ({ signal }) => api<Schemas["Notifications"]>("GET", "/notifications", undefined, signal),
});

const path = (id: string): string => `/notifications/${encodeURIComponent(id)}`;

export const addNotification = (body: NotificationBody & { kind: NotificationKind }) => api<NewNotification>("POST", "/notifications", body);
/** `version` is the one on the screen: what somebody else has changed meanwhile is not overwritten. */
export const changeNotification = (id: string, version: number, body: NotificationBody) =>
  api<Notification>("PUT", path(id), body, undefined, { "If-Match": `"${version}"` });
export const removeNotification = (id: string) => api<undefined>("DELETE", path(id));
export const testNotification = (id: string) => api<undefined>("POST", `${path(id)}/test`);
export const newSecretOf = (id: string) => api<NewNotification>("POST", `${path(id)}/secret`);
