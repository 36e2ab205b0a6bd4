/** Which build of the application this tab runs, and which one the server gives out now. A build's entry has its hash in its name. */

const ENTRY = /<script[^>]*\ssrc="(\/assets\/[^"]+\.js)"/;

/** The entry that a page names; null: a page of the development server, or none. */
export function entryOf(html: string): string | null {
  return ENTRY.exec(html)?.[1] ?? null;
}

/** Whether the server gives out another application than the one that runs here. Not known counts as no. */
export async function isOutdated(signal: AbortSignal): Promise<boolean> {
  const own = entryOf(document.documentElement.outerHTML);
  if (own === null) return false;
  const response = await fetch("/", { cache: "no-cache", credentials: "same-origin", signal });
  const served = response.ok ? entryOf(await response.text()) : null;
  return served !== null && served !== own;
}
