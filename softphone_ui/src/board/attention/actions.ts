/** Where an entry's one action leads: a row of the board, or a page. */
import type { Entry, Me } from "../../api/live";
import { navigate } from "../../app/router";
import { reveal } from "./reveal";

type Action = Entry["action"];
/** Only administrators have these pages. */
const PAGES: Partial<Record<Action["code"], string>> = {
  open_dead_letters: "/admin/system/set-aside",
  change_rules: "/admin/system/yaml",
};

/** What the button does; null for somebody whose role has no such page. */
export function actionOf({ code, id }: Action, me: Me | null): (() => void) | null {
  switch (code) {
    case "open_queue":
      return () => reveal(`queue:${id}`);
    case "open_agent":
      return () => reveal(`agent:${id}`);
    case "open_call":
      return id === "" ? null : () => navigate(`/calls/${id}`);
    case "open_system":
    case "open_trunks":
    case "open_flows":
      return () => reveal("system");
    default: {
      const page = PAGES[code];
      return page === undefined || me?.role !== "admin" ? null : () => navigate(page);
    }
  }
}
