/** What the wrap-up form holds, what is wrong with it, and the request it becomes. Pure; the present is an argument. */
import type { NextStep, WrapUp } from "../api/actions";
import { secondsOf } from "../format/time";

export const DISPOSITIONS = ["solved", "information", "follow_up", "not_solved", "wrong_number", "no_talk"] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export interface WrapUpDraft {
  disposition: Disposition | null;
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
