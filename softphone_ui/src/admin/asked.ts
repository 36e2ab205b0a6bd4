/** What an address of the Administration asks for beside an id: `/admin/people/new` opens the form for a new one at once. */
import { useState } from "react";

import { navigate } from "../app/router";

export const NEW = "new";

export interface Asked {
  /** Whether the form for a new one is open. */
  adding: boolean;
  add: () => void;
  /** Closes it, and leaves an address that asks for it. */
  close: () => void;
}

/** The form for a new one: asked for by the address that leads here, or by a button of the page. */
export function useAdding(section: string, item: string | null): Asked {
  const [adding, set] = useState(item === NEW);
  const close = (): void => {
    set(false);
    if (item === NEW) navigate(`/admin/${section}`, "replace");
  };
  return { adding, add: () => set(true), close };
}
