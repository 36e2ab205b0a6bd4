import { useEffect } from "react";

import { usePreferences } from "../app/preferences";

/**
 * Single-letter shortcuts: active while no text is being typed, no dialog or menu is open, and the person has not switched
 * them off. `event.key` is compared without case; a key with Ctrl, Alt or Meta is the browser's.
 */
export function useShortcuts(keys: Readonly<Record<string, (() => void) | undefined>>): void {
  const { shortcuts } = usePreferences();
  useEffect(() => {
    if (!shortcuts) return undefined;
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || takesText(event.target) || somethingIsOpen()) return;
      const run = keys[nameOf(event)];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [keys, shortcuts]);
}

/** A digit with Shift is another sign on every keyboard: it is known by its place. A letter with Shift is another key than without. */
function nameOf(event: KeyboardEvent): string {
  if (event.shiftKey && /^\p{L}$/u.test(event.key)) return `shift+${event.key.toLowerCase()}`;
  const digit = event.shiftKey ? /^Digit(\d)$/.exec(event.code)?.[1] : undefined;
  return digit === undefined ? event.key.toLowerCase() : `shift+${digit}`;
}

function takesText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** Asks what opened it, which says so from the click on: the menu itself stays in the page while it fades, and a call may ring by then. */
function somethingIsOpen(): boolean {
  return document.querySelector(':is([aria-haspopup="menu"], [aria-haspopup="dialog"])[aria-expanded="true"], [aria-modal="true"]') !== null;
}
