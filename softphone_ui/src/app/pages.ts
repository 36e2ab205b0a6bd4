/** What is fetched only by those who see it: the part behind the sign-in, and each page. */
import type { Me } from "../api/live";
import { later } from "./later";
import { mayOpen, type PageName } from "./rights";
import { parseRoute, type Route } from "./router";

export const Inside = later(async () => (await import("./Inside")).Inside);
export const SecurePage = later(async () => (await import("../signin/SecurePage")).SecurePage);
export const DeskPage = later(async () => (await import("../desk/DeskPage")).DeskPage);
export const BoardPage = later(async () => (await import("../board/BoardPage")).BoardPage);
export const CallsPage = later(async () => (await import("../calls/CallsPage")).CallsPage);
export const CustomerPage = later(async () => (await import("../customer/CustomerPage")).CustomerPage);
export const ConversationPage = later(async () => (await import("../customer/ConversationPage")).ConversationPage);
export const ReportsPage = later(async () => (await import("../reports/ReportsPage")).ReportsPage);
export const AdminPage = later(async () => (await import("../admin/AdminPage")).AdminPage);

const PAGES = { desk: DeskPage, board: BoardPage, calls: CallsPage, customer: CustomerPage, conversation: ConversationPage, reports: ReportsPage, admin: AdminPage };

/** Fetches a page ahead: a person points at its link. */
export function preloadPage(page: Route["page"]): void {
  if (page in PAGES) void PAGES[page as keyof typeof PAGES].preload();
}

const HOMES: readonly [PageName, string][] = [
  ["desk", "/desk"],
  ["board", "/board"],
  ["calls", "/calls"],
  ["reports", "/reports"],
  ["admin", "/admin"],
];

/** The first page that is this person's. Whoever has none yet is told so on the history's. */
export function homeOf(me: Me): string {
  return HOMES.find(([page]) => mayOpen(me, page))?.[1] ?? "/calls";
}

/** What this person sees first at this address, all at the same time. */
export async function preloadFor(me: Me, path: string): Promise<void> {
  const { page } = parseRoute(path);
  const shown = page === "home" ? parseRoute(homeOf(me)).page : page;
  const first = shown in PAGES ? [PAGES[shown as keyof typeof PAGES].preload()] : [];
  await Promise.all([Inside.preload(), ...first]);
}
