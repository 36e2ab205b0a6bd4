/** The left half of the header belongs to the page: what it shows and narrows down is said there, not in the page itself. */
import { createContext, use, type ReactNode } from "react";
import { createPortal } from "react-dom";

const Slot = createContext<HTMLElement | null>(null);

export const ScopeSlot = Slot.Provider;

/** Puts a page's scope (team, period, saved view) beside its name in the header. */
export function Scope({ children }: { children: ReactNode }) {
  const slot = use(Slot);
  return slot === null ? null : createPortal(children, slot);
}
