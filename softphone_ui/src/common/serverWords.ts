/**
 * What the server says, in the reader's language: its codes name sentences of the translation files, its own English stands where
 * a code has none. `tests/ui/test_contract.py` holds the codes of both sides together.
 */
import type { TFunction } from "i18next";

import type { ApiError, Violation } from "../api/client";
import { wholeMistakeWords } from "./mistakeWords";
import { refusalWords } from "./recorded";
import en from "../i18n/en.json";

type KnownError = Exclude<keyof typeof en.errors, "leg_refused" | "invalid">;
type KnownProcess = keyof typeof en.board.process;

export function errorWords(t: TFunction, error: ApiError): string {
  if (error.status === 429) return t("app.tooMany", { seconds: error.retryAfter ?? 60 });
  if (error.code === "leg_refused") return t("errors.leg_refused", { reason: refusalWords(t, error.message) });
  if (error.code === "invalid") return invalidWords(t, error);
  if (error.problems.length > 0) return error.problems.map((problem) => wholeMistakeWords(t, problem)).join(" ");
  return error.code in en.errors ? t(`errors.${error.code as KnownError}`) : error.message;
}

/** «What was filled in does not fit: summary may have 10000 characters at most.» */
function invalidWords(t: TFunction, error: ApiError): string {
  if (error.violations.length === 0) return error.message;
  return t("errors.invalid", { what: error.violations.map((violation) => violationWords(t, violation)).join(t("invalid.between")) });
}

type KnownField = keyof typeof en.invalid.field;
const RULES = [
  "string_too_long",
  "string_too_short",
  "too_long",
  "too_short",
  "too_far_ahead",
  "missing",
  "password_too_short",
  "password_is_name",
  "password_is_common",
  "password_is_old",
] as const;

function violationWords(t: TFunction, { place, code, params }: Violation): string {
  const [first = ""] = place.split(".");
  const field = first in en.invalid.field ? t(`invalid.field.${first as KnownField}`) : place;
  const rule = RULES.find((one) => one === code) ?? "other";
  return t("invalid.item", { field, problem: t(`invalid.${rule}`, { ...params }) });
}

/** A process of the installation by the name that people know it by. */
export function processWords(t: TFunction, name: string): string {
  return name in en.board.process ? t(`board.process.${name as KnownProcess}`) : name;
}
