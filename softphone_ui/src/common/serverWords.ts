/**
 * What the server says, in the reader's language: its codes name sentences of the translation files, its own English stands where
 * a code has none. `tests/ui/test_contract.py` holds the codes of both sides together.
 */
import type { TFunction } from "i18next";

import type { ApiError } from "../api/client";
import type { Alert } from "../api/live";
import en from "../i18n/en.json";

type KnownError = keyof typeof en.errors;
type KnownAlert = keyof typeof en.alerts;
type KnownProcess = keyof typeof en.board.process;

export function errorWords(t: TFunction, error: ApiError): string {
  if (error.status === 429) return t("app.tooMany", { seconds: error.retryAfter ?? 60 });
  return error.code in en.errors ? t(`errors.${error.code as KnownError}`) : error.message;
}

export function alertWords(t: TFunction, alert: Alert): string {
  if (!(alert.code in en.alerts)) return alert.text;
  return t(`alerts.${alert.code as KnownAlert}`, { ...alert.params, process: processWords(t, String(alert.params.name ?? "")) });
}

/** A process of the installation by the name that people know it by. */
export function processWords(t: TFunction, name: string): string {
  return name in en.board.process ? t(`board.process.${name as KnownProcess}`) : name;
}
