import { useCallback, useRef, useState, type RefObject } from "react";

import type { Way } from "./handOn";

export interface HandOn {
  /** Null: the panel is closed. */
  way: Way | null;
  toggle: (way: Way) => void;
  choose: (way: Way) => void;
  /** The focus goes back to the button that opened it. */
  close: () => void;
  consultButton: RefObject<HTMLButtonElement | null>;
  transferButton: RefObject<HTMLButtonElement | null>;
}

/** The panel in which a colleague is asked or the call is handed on: one at a time, opened by either of two buttons. */
export function useHandOn(): HandOn {
  const [way, setWay] = useState<Way | null>(null);
  const consult = useRef<HTMLButtonElement>(null);
  const transfer = useRef<HTMLButtonElement>(null);
  const opener = useRef<Way>("consult");
  const close = useCallback(() => {
    setWay(null);
    (opener.current === "consult" ? consult : transfer).current?.focus();
  }, []);
  const toggle = useCallback((to: Way) => {
    opener.current = to;
    setWay((was) => (was === to ? null : to));
  }, []);
  return { way, toggle, choose: setWay, close, consultButton: consult, transferButton: transfer };
}
