/**
 * What an agent has written for a call, notes while it goes on and the wrap-up after it, kept over a reload of the page: by piece of work, in this tab only, until it is finished
 * or the agent signs out. Nothing of it goes to the server before the agent says so.
 */
import type { WrapUpDraft } from "./wrapUp";

const PREFIX = "patchbay.wrap-up.";
const NEXT_STEPS = ["none", "ticket", "callback"] as const;

export function keep(storage: Storage, workId: string, draft: WrapUpDraft): void {
  try {
    storage.setItem(PREFIX + workId, JSON.stringify(draft));
  } catch (error) {
    // A full or forbidden storage costs the draft after a reload, never the form itself.
    if (!(error instanceof DOMException)) throw error;
  }
}

/** Null when nothing was kept, or not by this version of the page. */
export function kept(storage: Storage, workId: string): WrapUpDraft | null {
  const text = storage.getItem(PREFIX + workId);
  if (text === null) return null;
  try {
    return asDraft(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function forget(storage: Storage, workId: string): void {
  storage.removeItem(PREFIX + workId);
}

/** At the end of a visit: the next person at this computer reads nothing. */
export function forgetAll(storage: Storage): void {
  for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
}

function asDraft(value: unknown): WrapUpDraft | null {
  if (typeof value !== "object" || value === null) return null;
  const { disposition, summary, nextStep, ticketSubject, callbackAt } = value as Record<string, unknown>;
  const step = NEXT_STEPS.find((each) => each === nextStep);
  if (step === undefined || typeof summary !== "string" || typeof ticketSubject !== "string" || typeof callbackAt !== "string") return null;
  return { disposition: typeof disposition === "string" ? disposition : null, summary, nextStep: step, ticketSubject, callbackAt };
}
