/**
 * Pages that are fetched before they are asked for. `pages.ts` says how; whoever draws a link only says which. So a link knows no
 * page, and pages may hold links.
 */
import type { Route } from "./router";

type Fetch = (page: Route["page"]) => void;

let fetch: Fetch = () => undefined;

export function fetchesAhead(how: Fetch): void {
  fetch = how;
}

export function fetchAhead(page: Route["page"]): void {
  fetch(page);
}
