/**
 * Several people in a call, as a desk sees them: who hears whom, and what the agent can wish for. Pure.
 *
 * Who hears whom follows from the parties as in call control: whoever waits hears music and is heard by nobody.
 */
import type { Call, Party } from "../api/live";

/** Those whom a desk has a row for; supervisors are told of beside the caller's name. */
export interface People {
  readonly customer: Party | undefined;
  readonly agent: Party | undefined;
  readonly colleague: Party | undefined;
}

export function peopleIn(call: Call): People {
  const of = (role: Party["role"]): Party | undefined => call.parties.find((party) => party.role === role);
  return { customer: of("customer"), agent: of("agent"), colleague: of("consultant") };
}

const HERE = new Set<Party["state"] | undefined>(["joined", "held", "away"]);

/** A colleague has come; one who only rings has not. */
export function hasColleague(people: People): boolean {
  return HERE.has(people.colleague?.state);
}

/** A colleague is asked, whether they have come or not. */
export function isConsulting(people: People): boolean {
  return people.colleague !== undefined;
}

export type Talk = "customer" | "colleague" | "both" | "nobody";

export function talkOf({ customer, colleague }: People): Talk {
  const [withCustomer, withColleague] = [customer?.state === "joined", colleague?.state === "joined"];
  if (withCustomer) return withColleague ? "both" : "customer";
  return withColleague ? "colleague" : "nobody";
}

/** What H does, always about the caller: hold and resume alone, swap with a colleague. */
export interface Hold {
  readonly word: "hold" | "resume" | "swap";
  /** Ids of whom the agent talks with then. */
  readonly parties: readonly string[];
}

export function holdOf(people: People): Hold {
  const customer = idsOf(people.customer);
  const colleague = hasColleague(people) ? idsOf(people.colleague) : [];
  switch (talkOf(people)) {
    case "customer":
      return colleague.length === 0 ? { word: "hold", parties: [] } : { word: "swap", parties: colleague };
    case "both":
      return { word: "hold", parties: colleague };
    case "colleague":
      return { word: "swap", parties: customer };
    case "nobody":
      return { word: "resume", parties: customer };
  }
}

/** Whom the agent talks with when all hear each other; null: nobody is there to join, or they do already. */
export function bothOf(people: People): readonly string[] | null {
  if (!hasColleague(people) || talkOf(people) === "both") return null;
  return [...idsOf(people.customer), ...idsOf(people.colleague)];
}

function idsOf(party: Party | undefined): readonly string[] {
  return party === undefined ? [] : [party.party_id];
}

/** What one of them hears: others by their ids, or instead of them. */
export type Hears = { readonly what: "people"; readonly ids: readonly string[] } | { readonly what: "music" | "ringing" | "away" | "nobody" };

export function hearsOf(people: People, party: Party): Hears {
  if (party.state === "held") return { what: "music" };
  if (party.state === "inviting" || party.state === "ringing") return { what: "ringing" };
  if (party.state === "away") return { what: "away" };
  const others = [people.customer, people.agent, people.colleague].filter((each) => each?.state === "joined" && each.party_id !== party.party_id);
  const ids = others.flatMap((each) => (each === undefined ? [] : [each.party_id]));
  if (ids.length > 0) return { what: "people", ids };
  return { what: party.role === "customer" ? "music" : "nobody" }; // a customer hears silence never
}

/** Empty: nobody, or somebody who is not known any more. */
export function agentName(call: Call, agentId: string | null): string {
  return agentId === null ? "" : (call.names[agentId] ?? "");
}

/** Why a colleague is not there, or not any more. */
export type InVain = "declined" | "noAnswer" | "notAvailable" | "lost" | "left";

const CAUSES: Readonly<Record<string, InVain>> = {
  "agent:declined": "declined",
  "agent:no_answer": "noAnswer",
  "agent:not_available": "notAvailable",
  "agent:lost": "lost",
};

export function inVain(end: NonNullable<Call["consultation_end"]>): InVain {
  return CAUSES[end.cause] ?? "left";
}
