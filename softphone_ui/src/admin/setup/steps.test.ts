import { expect, test } from "vitest";

import type { AgentRules, Document } from "../../api/configuration";
import type { FlowSummary } from "../../api/flows";
import type { Call, CallRecord } from "../../api/live";
import type { NumberRule } from "../../api/numbers";
import { newAgent, newQueue } from "../document";
import { proved, stoppedAt } from "./checks";
import { nextOf, stepsOf, type Facts } from "./steps";

const empty: Document = { skills: {}, attributes: {}, hours: {}, queues: {}, agents: {}, attention: {}, dispositions: [] };
const company = { name: "Northwind Home", time_zone: "Europe/London", language: "en", country: "GB" };
const nothing: Facts = { company, people: { active: 1, invited: 0 }, document: empty, draft: null, flows: [], numbers: [], trunks: 0, calls: [] };
const mei: AgentRules = { ...newAgent("Mei Lin"), skills: { billing: 2 } };
const flow: FlowSummary = { flow_id: "flow_main", name: "Main", published: { version: 1, author: "Ada", saved_at: 0, comment: "" }, numbers: [], callers: 0, drafts: [] };
const number = { number_id: "n", version: 1, number: "1000", trunk: "", flow_id: "flow_main", language: "en", label: "" } satisfies NumberRule;
const answered = { call_id: "call_1", connected_at: 1, agent_id: "agent_mei", agent_name: "Mei Lin", called: "1000" } as CallRecord;
const asking = { ...newQueue("Billing"), requirements: { billing: 3 } };

const told = (facts: Facts): string => stepsOf(facts).map(({ name, state, says }) => `${name}:${state}:${says}`).join(" ");

test("an empty installation has everything before it, people first", () => {
  expect(told(nothing)).toBe("company:done:english people:open:onlyYou queue:open:none flow:open:none number:open:none call:open:none");
  expect(nextOf(stepsOf(nothing))?.name).toBe("people");
});

test("a queue that stands in the draft is published, not created again", () => {
  const facts = { ...nothing, draft: { ...empty, queues: { queue_billing: newQueue("Billing") } } };
  expect(told(facts)).toContain("queue:open:draft");
  expect(stepsOf(facts).find(({ name }) => name === "queue")).toMatchObject({ params: { queue: "Billing" }, href: "/admin/queues/queue_billing" });
});

test("a queue that nobody has the skills for is what to mend first", () => {
  const facts = { ...nothing, document: { ...empty, queues: { queue_billing: asking }, agents: { agent_mei: mei } } };
  expect(told(facts)).toContain("queue:broken:nobody");
  expect(nextOf(stepsOf(facts))?.name).toBe("queue");
});

test("an installation without a trunk works inside", () => {
  const facts = { company, people: { active: 2, invited: 1 }, document: { ...empty, queues: { queue_billing: newQueue("Billing") }, agents: { agent_mei: mei } }, draft: null, flows: [flow], numbers: [number], trunks: 0, calls: [answered] };
  expect(told(facts)).toBe("company:done:english people:done:doneInvited queue:done:done flow:done:done number:inside:inside call:done:done");
  expect(nextOf(stepsOf(facts))?.name).toBe("number");
  expect(nextOf(stepsOf({ ...facts, trunks: 1 }))).toBeUndefined();
});

test("a number whose flow is not published is said", () => {
  expect(told({ ...nothing, flows: [{ ...flow, published: null }], numbers: [number] })).toContain("flow:open:draft number:broken:leadsNowhere");
});

const ringing = { call_id: "call_1", path: [{ step: "welcome" }], queue_id: "queue_billing", state: "ringing", agent_id: null, connected_at: null, ended_at: null, quality: null, last_words: "", recording: "off" } as unknown as Call;

test("a test call is checked as far as it has come", () => {
  expect(proved(ringing)).toEqual(["answers", "waits", "rings"]);
  const quality = { level_in_dbfs: -20, level_out_dbfs: -70 } as Call["quality"];
  const talking = { ...ringing, state: "talking", agent_id: "agent_mei", connected_at: 5, quality, last_words: "hello", recording: "on" } as Call;
  expect(proved(talking)).toEqual(["answers", "waits", "rings", "answered", "transcript", "recording"]);
  expect(stoppedAt(talking, new Set(proved(talking)))).toBeUndefined();
  expect(stoppedAt({ ...talking, ended_at: 9 }, new Set(proved(talking)))).toBe("sound");
});
