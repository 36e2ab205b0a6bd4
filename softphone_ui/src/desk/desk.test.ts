import { expect, test } from "vitest";

import desk from "../../fixtures/desk.json";
import type { LiveMessage, PathStep } from "../api/live";
import { customersWords } from "./draft";
import { i18n } from "../i18n";
import { pathWords } from "./path";
import { asFarAsWritten, emptyWrapUp, outcomeOf, outcomesOf, problems, toRequest } from "./wrapUp";

const NOW = Date.UTC(2026, 10, 23, 10, 44) / 1000;
const steps = desk.steps as unknown as { messages: LiveMessage[] }[];
const said = steps.flatMap((step) => step.messages).flatMap((message) => (message.type === "segment" ? [message.segment] : []));

test("the summary's draft holds what the customer said first, not the agent's words and nothing unfinished", () => {
  const words = customersWords(said);
  expect(words).toMatch(/^Hi, I wrote to you in the chat yesterday/);
  expect(words).not.toMatch(/I can see the chat/);
  expect(words.endsWith("…")).toBe(true);
  expect(customersWords([])).toBe("");
});

test("the caller's choices are told once, without empty steps and without the machine's own", () => {
  const step = (detail: string, verb = "menu"): PathStep => ({ at: 0, step: "s", verb, detail });
  expect(pathWords(i18n.t, [step("", "hours"), step("open"), step("pressed 2 (billing)"), step("pressed 2 (billing)"), step("said “invoice”", "enqueue")])).toBe("chose 2 (billing) · said “invoice”");
});

test("outcomes are the company's, with two levels, or the six of every installation", () => {
  const standard = [{ value: "solved", label: "Solved", below: [] }];
  expect(outcomesOf([], standard)).toBe(standard);
  const set = outcomesOf([{ name: "Refund", below: ["Granted", "Declined"] }, { name: "Information", below: [] }], standard);
  expect(set[0]?.below.map(({ value }) => value)).toEqual(["Refund › Granted", "Refund › Declined"]);
  expect(outcomeOf(set, "Refund › Declined")?.label).toBe("Refund");
  expect(outcomeOf(set, "Information")?.label).toBe("Information");
  expect(outcomeOf(set, "Refund"), "with a second level the first is none").toBeUndefined();
  expect(outcomeOf(set, "solved"), "what is no longer offered is asked again").toBeUndefined();
});

test("a wrap-up wants to know how the call ended", () => {
  expect(problems(emptyWrapUp(""), NOW)).toEqual({ disposition: "dispositionMissing" });
  expect(problems({ ...emptyWrapUp(""), disposition: "solved" }, NOW)).toEqual({});
});

test("a ticket wants a subject, a callback a time to come", () => {
  const draft = { ...emptyWrapUp(""), disposition: "follow_up" as const };
  expect(problems({ ...draft, nextStep: "ticket", ticketSubject: " " }, NOW)).toEqual({ ticketSubject: "ticketSubjectMissing" });
  expect(problems({ ...draft, nextStep: "callback", callbackAt: "" }, NOW)).toEqual({ callbackAt: "callbackMissing" });
  expect(problems({ ...draft, nextStep: "callback", callbackAt: "2020-01-01T10:00" }, NOW)).toEqual({ callbackAt: "callbackMissing" });
  expect(problems({ ...draft, nextStep: "callback", callbackAt: "2037-01-01T10:00" }, NOW)).toEqual({});
});

test("only what belongs to the next step is sent", () => {
  const draft = { ...emptyWrapUp(" done "), disposition: "solved" as const, nextStep: "ticket" as const, ticketSubject: "Refund", callbackAt: "2037-01-01T10:00" };
  expect(toRequest(draft)).toEqual({ disposition: "solved", summary: "done", next_step: "ticket", ticket_subject: "Refund" });
});

test("when the time is over what was written counts, and a next step that was not finished does not", () => {
  const draft = { ...emptyWrapUp("wants a refund"), nextStep: "ticket" as const };
  expect(toRequest(asFarAsWritten(draft, NOW))).toEqual({ disposition: "", summary: "wants a refund", next_step: "none" });
  expect(asFarAsWritten({ ...draft, ticketSubject: "Refund" }, NOW).nextStep).toBe("ticket");
});
