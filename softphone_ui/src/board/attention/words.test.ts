import i18next from "i18next";
import { expect, test } from "vitest";

import type { Entry } from "../../api/live";
import en from "../../i18n/en.json";
import zh from "../../i18n/zh.json";
import { neighbour, steady } from "./steady";
import { checkedWords, entryWords, unknownWords, type Names } from "./words";

const texts = i18next.createInstance();
await texts.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
const english = texts.getFixedT("en");

const NOW = 1_795_430_460;
const names: Names = {
  queue: (id) => ({ queue_billing: "Billing" })[id] ?? id,
  agent: (id) => ({ agent_jonas: "Jonas Weber" })[id] ?? id,
  stateOf: (id) => (id === "agent_jonas" ? "Away" : null),
};
const entry = (code: string, figures: Entry["figures"], part: Partial<Entry> = {}): Entry => ({
  entry_id: code,
  code,
  subject: { kind: "queue", id: "queue_billing" },
  severity: "red",
  since: NOW - 60,
  raised_at: NOW - 60,
  figures,
  next: { code: "nothing", at: null, count: 0 },
  action: { code: "open_queue", id: "queue_billing" },
  cleared_at: null,
  ...part,
});
const said = (one: Entry): string[] => {
  const { what, why, next, action } = entryWords(english, one, names, NOW, "en-GB");
  return [what, why, next, action];
};

test("a caller who waits for nobody", () => {
  const one = entry("queue_nobody", { waiting: 1, oldest_since: NOW - 130, unreachable: 2, away: 0 }, { next: { code: "leaves", at: NOW + 600, count: 0 } });
  const [what, why, next] = said(one);
  expect(what).toBe("Caller waiting 2:10, no one reachable");
  expect(why).toBe("Billing. The 2 agents who match can't be reached.");
  expect(next).toMatch(/^Leaves the queue at \d\d:\d\d\.$/);
  expect(said(entry("queue_nobody", { waiting: 3, oldest_since: NOW - 5, unreachable: 0, away: 1 })).slice(0, 2)).toEqual([
    "3 waiting up to 0:05, no one reachable",
    "Billing. The agent who matches is away.",
  ]);
});

test("a service level with the figures behind it", () => {
  const one = entry("queue_service_level", { share: 0.608, limit: 0.8, late: 49, contacts: 125 }, { next: { code: "agents_come_free", at: null, count: 2 } });
  expect(said(one)).toEqual(["Billing: service level 61%, target 80%", "49 of 125 late or abandoned in the last 30 minutes.", "2 agents who serve it are busy.", "Open queue"]);
});

test("missed rings name the agent, the queue and what the agent does now", () => {
  const one = entry("missed_rings", { times: 2, last_at: NOW, queue_id: "queue_billing" }, { subject: { kind: "agent", id: "agent_jonas" } });
  const [what, why] = said(one);
  expect(what).toBe("Jonas Weber missed 2 calls");
  expect(why).toMatch(/^Last at \d\d:\d\d, Billing\. Now Away\.$/);
});

test("a code that this page does not know is named", () => {
  expect(said(entry("newer_than_this_page", {}))[0]).toBe("Something is wrong (newer_than_this_page)");
});

test("what is not known is said with its time, and all clear with what was checked", () => {
  expect(unknownWords(english, { what: "queue", id: "queue_billing", since: NOW - 40 }, names, NOW)).toBe("Billing: no figures for 0:40");
  expect(unknownWords(english, { what: "trunks", id: "carrier-a", since: NOW - 5 }, names, NOW)).toBe("Trunk carrier-a: state unknown for 0:05");
  expect(checkedWords(english, { at: NOW, queues: 8, agents: 30, trunks: 2, nodes: 1, unknown: [] })).toBe("8 queues, 30 agents, 2 trunks, 1 node");
});

test("nothing moves under the pointer: new ones come below, cleared ones stay as cleared", () => {
  const [a, b, c] = ["a", "b", "c"].map((code) => entry(code, {})) as [Entry, Entry, Entry];
  const gone = { ...a, cleared_at: NOW };
  expect(steady([a, b], [c, b], [gone])).toEqual([gone, b, c]);
});

test("Alt and an arrow go round", () => {
  const [a, b] = ["a", "b"].map((code) => entry(code, {})) as [Entry, Entry];
  expect(neighbour([a, b], null, 1)).toBe(a);
  expect(neighbour([a, b], "b", 1)).toBe(a);
  expect(neighbour([a, b], "a", -1)).toBe(b);
  expect(neighbour([], null, 1)).toBeUndefined();
});
