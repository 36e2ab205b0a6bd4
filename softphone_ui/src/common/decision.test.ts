import i18next from "i18next";
import { expect, test } from "vitest";

import type { Decision, DecisionCandidate } from "../api/live";
import en from "../i18n/en.json";
import zh from "../i18n/zh.json";
import { asked, candidateWords, decisionTitle } from "./decision";
import { waitRange } from "./expected";

const texts = i18next.createInstance();
await texts.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
const english = texts.getFixedT("en");
const chinese = texts.getFixedT("zh");

const candidate = (code: string, params: DecisionCandidate["params"] = {}, eligible = false): DecisionCandidate => ({
  agent_id: code,
  name: code,
  eligible,
  score: 0,
  why: `${code} in the server's words`,
  code,
  params,
  terms: [],
});
const decision = (...candidates: DecisionCandidate[]): Decision => ({
  strategy: "longest_idle",
  candidates,
  summary: "in the server's words",
  requirements: "",
  relaxed: "",
  work_score: 0,
});
const idle = candidate("longest_idle", { idle_s: 254 }, true);

test("what is asked for: skills with their levels, then the condition", () => {
  const requirements = [{ skill: "skill_first_line", level: 3 }, { skill: "chinese", level: 2 }];
  expect(asked({ requirements, condition: "not vip only" })).toBe("First line 3+, Chinese 2+, not vip only");
  expect(asked({ requirements: [], condition: "" })).toBe("");
});

test("the decision in one line, in the reader's language", () => {
  expect(decisionTitle(english, decision(idle, idle, candidate("busy")))).toBe("Longest idle of 2");
  expect(decisionTitle(chinese, decision(idle, idle))).toBe("2 人中空闲最久");
  expect(decisionTitle(english, decision(idle, candidate("busy")))).toBe("Only available agent with the skills");
  expect(decisionTitle(english, decision(candidate("last_agent", {}, true), idle))).toBe("served this customer last");
  expect(decisionTitle(english, decision())).toBe("in the server's words");
});

test("why each won or lost, from the code and what it needs", () => {
  expect(candidateWords(english, idle)).toBe("idle for 4:14");
  expect(candidateWords(english, candidate("away", { reason: "lunch" }))).toBe("away: Lunch");
  expect(candidateWords(english, candidate("away", { reason: "" }))).toBe("away");
  expect(candidateWords(chinese, candidate("lacks_skill", { skill: "billing", has: 2, needs: 3 }))).toBe("Billing：2 级，需要 3 级");
});

test("a code that this page does not know is told in the server's words", () => {
  expect(candidateWords(english, candidate("on_the_moon"))).toBe("on_the_moon in the server's words");
});

test("a wait is a range, and nothing while nothing is known", () => {
  expect([waitRange(80, 190), waitRange(80, null), waitRange(0, 0), waitRange(null, null)]).toEqual(["1:20–3:10", "1:20", "0:00", null]);
});
