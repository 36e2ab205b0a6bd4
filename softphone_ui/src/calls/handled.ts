import type { TFunction } from "i18next";

import type { Engagement, Segment } from "../api/live";

/** Those who had the conversation, in the order in which they got it; without those who were only asked. */
export function holders(engagements: readonly Engagement[]): Engagement[] {
  return engagements.filter((each) => each.role === "agent").sort((one, other) => since(one) - since(other));
}

export function since(each: Engagement): number {
  return each.took_over_at ?? each.from_at;
}

/** «Mei Lin, then Omar Haddad»; of one, the name. */
export function byWords(t: TFunction, before: readonly string[], last: string | null): string {
  return before.length === 0 ? (last ?? "") : t("calls.handled.thenBy", { before: before.join(t("calls.handled.comma")), last: last ?? "" });
}

/** The same from engagements, nobody twice in a row; `shown` when they know no names. */
export function holderWords(t: TFunction, engagements: readonly Engagement[], shown: string | null): string {
  const names = holders(engagements)
    .map((each) => each.agent_name)
    .filter((name, at, all) => name !== "" && name !== all[at - 1]);
  return names.length === 0 ? (shown ?? "") : byWords(t, names.slice(0, -1), names.at(-1) ?? null);
}

/** How somebody came in, took over and left, in words; empty: took it from the queue and stayed to its end. */
export function howWords(t: TFunction, each: Engagement, time: (at: number) => string): string {
  const name = each.asked_by_name;
  const came = each.began === "taken" || (name === "" && each.began !== "called") ? "" : t(`calls.handled.began.${each.began}`, { name });
  const took = each.took_over_at === null ? "" : t("calls.handled.tookOver", { time: time(each.took_over_at) });
  const left = each.ended === null || each.ended === "call_ended" || each.ended === "consulted" ? "" : t(`calls.handled.left.${each.ended}`);
  return [came, took, left].filter(Boolean).join(" · ");
}

/** Who of ours said something: whoever had the call at that moment. */
export function speakerOf(segment: Segment, connectedAt: number | null, engagements: readonly Engagement[], shown: string): string {
  const had = holders(engagements);
  if (connectedAt === null || had.length < 2) return shown;
  const at = connectedAt + segment.start_ms / 1000;
  const name = had.filter((each) => since(each) <= at).at(-1)?.agent_name ?? had[0]?.agent_name;
  return name === undefined || name === "" ? shown : name;
}
