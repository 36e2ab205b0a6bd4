/** Times as people read them. Pure: the present, the language and the time zone are arguments. */

/** Formatters by language and form: making one costs far more than using it, and running clocks use them at each tick. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const relatives = new Map<string, Intl.RelativeTimeFormat>();

function formatter(language: string, form: Intl.DateTimeFormatOptions, zone: string | undefined): Intl.DateTimeFormat {
  const key = JSON.stringify([language, form, zone]);
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(language, zone === undefined ? form : { ...form, timeZone: zone });
  formatters.set(key, made);
  return made;
}

function relative(language: string): Intl.RelativeTimeFormat {
  const known = relatives.get(language);
  if (known !== undefined) return known;
  const made = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  relatives.set(language, made);
  return made;
}

/** Running time: 0:07, 4:12, 1:02:33. Negative counts as zero, because clocks differ by a moment. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Time left, rounded up, so that «0:01» is shown until the moment is over. */
export function countdown(seconds: number): string {
  return clock(Math.ceil(Math.max(0, seconds)));
}

export function timeOfDay(at: number, language: string, zone?: string): string {
  return formatter(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }, zone).format(at * 1000);
}

export function hourAndMinute(at: number, language: string, zone?: string): string {
  return formatter(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, zone).format(at * 1000);
}

/** Exact, for the tooltip over a relative time. */
export function exact(at: number, language: string, zone?: string): string {
  return formatter(language, { dateStyle: "full", timeStyle: "medium", hourCycle: "h23" }, zone).format(at * 1000);
}

/** The day over what was said on it: Fri 3 Nov 2023. */
export function theDay(at: number, language: string, zone?: string): string {
  return formatter(language, { weekday: "short", day: "numeric", month: "short", year: "numeric" }, zone).format(at * 1000);
}

/** The same within a year: Fri 3 Nov. */
export function shortDay(at: number, language: string, zone?: string): string {
  return formatter(language, { weekday: "short", day: "numeric", month: "short" }, zone).format(at * 1000);
}

/** Relative when near (5 min ago, 09:36 today, yesterday 16:02), the date when far (18 Nov, 3 Nov 2024). */
export function near(at: number, now: number, language: string, zone?: string): string {
  const age = now - at;
  if (age < 60) return relative(language).format(0, "second");
  if (age < 3600) return relative(language).format(-Math.floor(age / 60), "minute");
  const days = dayNumber(now, zone) - dayNumber(at, zone);
  if (days === 0) return hourAndMinute(at, language, zone);
  if (days === 1) return `${relative(language).format(-1, "day")} ${hourAndMinute(at, language, zone)}`;
  const thisYear = yearOf(at, zone) === yearOf(now, zone);
  const form: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", ...(thisYear ? {} : { year: "numeric" }) };
  return formatter(language, form, zone).format(at * 1000);
}

/** As said in a sentence: today 11:00, yesterday 16:02, tomorrow 09:30, 3 Nov, 11 Oct 2022. */
export function clockOfDay(at: number, now: number, language: string, zone?: string): string {
  const days = dayNumber(at, zone) - dayNumber(now, zone);
  if (Math.abs(days) <= 1) return `${relative(language).format(days, "day")} ${hourAndMinute(at, language, zone)}`;
  const thisYear = yearOf(at, zone) === yearOf(now, zone);
  return formatter(language, { day: "numeric", month: "short", ...(thisYear ? {} : { year: "numeric" }) }, zone).format(at * 1000);
}

/** The largest unit that still says something. */
export function roughly(seconds: number): { n: number; unit: "s" | "min" | "h" | "days" } {
  if (seconds < 60) return { n: Math.max(0, Math.trunc(seconds)), unit: "s" };
  if (seconds < 2 * 3600) return { n: Math.floor(seconds / 60), unit: "min" };
  if (seconds < 2 * 86_400) return { n: Math.floor(seconds / 3600), unit: "h" };
  return { n: Math.floor(seconds / 86_400), unit: "days" };
}

export function yearOf(at: number, zone?: string): string {
  return formatter("en", { year: "numeric" }, zone).format(at * 1000);
}

/** True when the browser knows the zone; a name it does not know must not break the page. */
export function knowsZone(zone: string): boolean {
  try {
    formatter("en", {}, zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function sameDay(a: number, b: number, zone?: string): boolean {
  return dayNumber(a, zone) === dayNumber(b, zone);
}

/** Days since the epoch in the zone's calendar. */
export function dayNumber(at: number, zone?: string): number {
  const parts = formatter("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" }, zone).format(at * 1000);
  return Date.parse(`${parts}T00:00:00Z`) / 86_400_000;
}

/** As the browser's local date and time field holds it, in the browser's own zone: 2026-11-22T14:30. */
export function fieldValue(at: number): string {
  const date = new Date(at * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The moment that such a field names; not a number while it is empty. */
export function secondsOf(local: string): number {
  return new Date(local).getTime() / 1000;
}
