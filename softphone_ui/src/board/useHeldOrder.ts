import { useState } from "react";

import { keptOrder, sameOrder, type Group } from "./arranged";

interface Held {
  shown: readonly Group[];
  /** What stands there is no longer the order that was asked for. */
  changed: boolean;
  update: () => void;
  /** For the element that holds the list. */
  inside: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: (event: React.FocusEvent) => void;
  };
}

/** Lists keep their order while the pointer or the focus is inside. `asked` is what a person has set: it applies at once. */
export function useHeldOrder(now: readonly Group[], asked: string): Held {
  const [inside, setInside] = useState({ pointer: false, focus: false });
  const [kept, setKept] = useState({ asked, groups: now });
  const holding = (inside.pointer || inside.focus) && kept.asked === asked;
  const shown = holding ? keptOrder(kept.groups, now) : now;
  if (!holding && (kept.asked !== asked || !sameOrder(kept.groups, now))) setKept({ asked, groups: now });
  const set = (part: Partial<typeof inside>): void => setInside((before) => ({ ...before, ...part }));
  return {
    shown,
    changed: holding && !sameOrder(shown, now),
    update: () => setKept({ asked, groups: now }),
    inside: {
      onPointerEnter: () => set({ pointer: true }),
      onPointerLeave: () => set({ pointer: false }),
      onFocus: () => set({ focus: true }),
      onBlur: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) set({ focus: false });
      },
    },
  };
}
