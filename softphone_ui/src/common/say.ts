/** Short words to the person at the lower left, where nothing else is clicked. */
import { notifications } from "@mantine/notifications";

import { ApiError, Unreachable } from "../api/client";
import { i18n } from "../i18n";
import { errorWords } from "./serverWords";

export const say = {
  note(message: string): void {
    notifications.show({ message, color: "cyan", withBorder: true, closeButtonProps: closeButton() });
  },
  failure(error: unknown): void {
    notifications.show({ message: inWords(error), color: "red", withBorder: true, autoClose: 8000, closeButtonProps: closeButton() });
  },
};

const closeButton = () => ({ "aria-label": i18n.t("app.close") });

/** An error as a sentence for people. */
export function inWords(error: unknown): string {
  if (error instanceof Unreachable) return i18n.t("app.unreachable");
  if (error instanceof ApiError && error.status === 429) return errorWords(i18n.t, error);
  return i18n.t("app.failed", { reason: reasonOf(error) });
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return errorWords(i18n.t, error);
  return error instanceof Error ? error.message : String(error);
}
