/** What the wrap-up form holds, what is wrong with it, and the request it becomes. Pure; the present is an argument. */
import type { NextStep, WrapUp } from "../api/actions";
import type { OfferedDisposition } from "../api/dispositions";
import { secondsOf } from "../format/time";

/** What is offered where a company has set no outcomes of its own. */
export const DISPOSITIONS = ["solved", "information", "follow_up", "not_solved", "wrong_number", "no_talk"] as const;

/** Between the two levels, where an outcome is told (`server/business/checks/dispositions.py`). */
const SEPARATOR = " › ";

/** One outcome of the first level; `below` holds what is chosen instead of it, if anything is. */
export interface Outcome {
  value: string;
  label: string;
  below: readonly { value: string; label: string }[];
}

/** What is offered, from what the company has set; `standard` are the six of every installation. */
export function outcomesOf(set: readonly OfferedDisposition[], standard: readonly Outcome[]): readonly Outcome[] {
  if (set.length === 0) return standard;
  return set.map(({ name, below }) => ({ value: name, label: name, below: below.map((each) => ({ value: name + SEPARATOR + each, label: each })) }));
}

/** Where a chosen value stands: the outcome of the first level that it is, or is below. */
export function outcomeOf(offered: readonly Outcome[], value: string | null): Outcome | undefined {
  return offered.find((each) => (each.below.length === 0 ? each.value === value : each.below.some((below) => below.value === value)));
}

export interface WrapUpDraft {
  /** As it is kept: an outcome's words, or the code of a standard one. */
  disposition: string | null;
  summary: string;
  nextStep: NextStep;
  ticketSubject: string;
  /** As the browser's local date and time field gives it: 2026-11-22T14:30. */
  callbackAt: string;
}

export type Problem = "dispositionMissing" | "ticketSubjectMissing" | "callbackMissing";

export function emptyWrapUp(summary: string): WrapUpDraft {
  return { disposition: null, summary, nextStep: "none", ticketSubject: "", callbackAt: "" };
}

export function problems(draft: WrapUpDraft, now: number): Partial<Record<keyof WrapUpDraft, Problem>> {
  const found: Partial<Record<keyof WrapUpDraft, Problem>> = {};
  if (draft.disposition === null) found.disposition = "dispositionMissing";
  if (draft.nextStep === "ticket" && draft.ticketSubject.trim() === "") found.ticketSubject = "ticketSubjectMissing";
  if (draft.nextStep === "callback" && !(secondsOf(draft.callbackAt) > now)) found.callbackAt = "callbackMissing";
  return found;
}

/** What can be sent when the time is over and the form is not complete: the words count, an unfinished next step does not. */
export function asFarAsWritten(draft: WrapUpDraft, now: number): WrapUpDraft {
  const wrong = problems(draft, now);
  return wrong.ticketSubject || wrong.callbackAt ? { ...draft, nextStep: "none" } : draft;
}

export function toRequest(draft: WrapUpDraft): WrapUp {
  return {
    disposition: draft.disposition ?? "",
    summary: draft.summary.trim(),
    next_step: draft.nextStep,
    ...(draft.nextStep === "ticket" ? { ticket_subject: draft.ticketSubject.trim() } : {}),
    ...(draft.nextStep === "callback" ? { callback_at: secondsOf(draft.callbackAt) } : {}),
  };
}
