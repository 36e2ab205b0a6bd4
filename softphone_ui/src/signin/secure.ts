/** From plain HTTP to HTTPS: the same address, and whether this computer trusts it. */

export const SYSTEMS = ["windows", "macos", "linux", "android", "ios", "firefox"] as const;
export type SystemName = (typeof SYSTEMS)[number];

/** Whose instructions are shown first. Firefox keeps its own list of authorities on every desktop system. */
export function systemOf(userAgent: string): SystemName {
  if (userAgent.includes('Android')) return "android";
  if (/iPhone|iPad|iPod/.test(userAgent)) return "ios";
  if (userAgent.includes('Firefox/')) return "firefox";
  if (userAgent.includes('Windows')) return "windows";
  if (userAgent.includes('Macintosh')) return "macos";
  return "linux";
}

/** Where a person who came to `href` (…/secure?to=/desk) wanted to go, by HTTPS; only ever on the same host. */
export function secureAddress(href: string): URL {
  const here = new URL(href);
  const origin = `https://${here.host}`;
  const to = here.searchParams.get("to") ?? "/";
  const wanted = new URL(to, origin);
  if (wanted.origin !== origin) return new URL(origin);
  wanted.hash = here.hash; // of a link for a new password, which no server sees
  return wanted;
}

/** Whether a connection comes about: the answer itself may not be read from here. */
export async function trusts(origin: string, signal: AbortSignal): Promise<boolean> {
  try {
    await fetch(`${origin}/api/v1/health`, { mode: "no-cors", credentials: "omit", cache: "no-store", signal });
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
