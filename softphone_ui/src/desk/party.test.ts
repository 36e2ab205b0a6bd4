import { expect, test } from "vitest";

import type { Call, Party } from "../api/live";
import { bothOf, hearsOf, holdOf, inVain, peopleIn, talkOf, type People } from "./party";

const party = (role: Party["role"], state: Party["state"]): Party => ({ party_id: role, role, state, mode: "talk", agent_id: null, user_id: null, work_id: null, since: null, until: null });
const people = (customer: Party["state"], colleague?: Party["state"]): People => ({
  customer: party("customer", customer),
  agent: party("agent", "joined"),
  colleague: colleague === undefined ? undefined : party("consultant", colleague),
});

/** Customer, agent, colleague: as in the table «who hears whom» of call control. */
test.each<[string, People, string[]]>([
  ["talking", people("joined"), ["agent", "customer"]],
  ["customer held", people("held"), ["music", "nobody"]],
  ["colleague is called", people("held", "inviting"), ["music", "nobody", "ringing"]],
  ["consulting", people("held", "joined"), ["music", "consultant", "agent"]],
  ["swapped back", people("joined", "held"), ["agent", "customer", "music"]],
  ["conference", people("joined", "joined"), ["agent consultant", "customer consultant", "customer agent"]],
  ["both wait", people("held", "held"), ["music", "nobody", "music"]],
  ["agent's connection is lost", { ...people("joined", "held"), agent: party("agent", "away") }, ["music", "away", "music"]],
  ["colleague's connection is lost", people("joined", "away"), ["agent", "customer", "away"]],
])("who hears whom: %s", (_, present, expected) => {
  const rows = [present.customer, present.agent, present.colleague].filter((each) => each !== undefined);
  expect(rows.map((each) => hearsOf(present, each)).map((hears) => (hears.what === "people" ? hears.ids.join(" ") : hears.what))).toEqual(expected);
});

test.each<[People, string, string[]]>([
  [people("joined"), "hold", []],
  [people("held"), "resume", ["customer"]],
  [people("held", "inviting"), "resume", ["customer"]],
  [people("joined", "inviting"), "hold", []],
  [people("held", "joined"), "swap", ["customer"]],
  [people("joined", "held"), "swap", ["consultant"]],
  [people("joined", "joined"), "hold", ["consultant"]],
  [people("held", "held"), "resume", ["customer"]],
])("H is about the caller: %#", (present, word, parties) => {
  expect(holdOf(present)).toEqual({ word, parties });
});

test("all talk together once a colleague has come, and only once", () => {
  expect(bothOf(people("held", "joined"))).toEqual(["customer", "consultant"]);
  expect(bothOf(people("joined", "held"))).toEqual(["customer", "consultant"]);
  expect([bothOf(people("held", "inviting")), bothOf(people("held")), bothOf(people("joined", "joined"))]).toEqual([null, null, null]);
});

test("supervisors have no row, and whom one talks with is nobody's guess", () => {
  const call = { parties: [party("customer", "joined"), party("supervisor", "joined"), party("agent", "joined")] } as unknown as Call;
  expect(talkOf(peopleIn(call))).toBe("customer");
  expect(peopleIn(call).colleague).toBeUndefined();
});

test("why a colleague did not come is told by what happened", () => {
  const end = (cause: NonNullable<Call["consultation_end"]>["cause"]) => inVain({ cause, agent_id: null, at: 0 });
  expect((["agent:declined", "agent:no_answer", "agent:not_available", "agent:lost", "agent:hung_up"] as const).map(end)).toEqual(["declined", "noAnswer", "notAvailable", "lost", "left"]);
});
