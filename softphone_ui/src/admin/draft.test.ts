import { beforeEach, expect, test } from "vitest";

import type { Document } from "../api/configuration";
import { newQueue } from "./document";
import { keep, kept, type Draft } from "./draft";

const empty: Document = { skills: {}, attributes: {}, hours: {}, queues: {}, agents: {}, attention: {}, dispositions: [] };
const draft: Draft = { base: { version: 3, document: empty }, document: { ...empty, queues: { queue_a: newQueue("A") } } };

let items: Map<string, string>;
beforeEach(() => {
  items = new Map();
});
const shelf = {
  getItem: (key: string) => items.get(key) ?? null,
  setItem: (key: string, value: string) => void items.set(key, value),
  removeItem: (key: string) => void items.delete(key),
};

test("a draft is its owner's, and nobody else's on the same computer", () => {
  keep(shelf, "user_ada", draft);
  expect(kept(shelf, "user_ada")).toEqual(draft);
  expect(kept(shelf, "user_sam")).toBeNull();
});

test("what is discarded or published is gone", () => {
  keep(shelf, "user_ada", draft);
  keep(shelf, "user_ada", null);
  expect(kept(shelf, "user_ada")).toBeNull();
});

test("what is no draft is none", () => {
  for (const text of ["{", "{}", '{"document":{}}', "7"]) {
    items.set("patchbay.draft.user_ada", text);
    expect(kept(shelf, "user_ada")).toBeNull();
  }
});

test("a browser without room says so", () => {
  const full = { ...shelf, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  expect(keep(full, "user_ada", draft)).toBe(false);
});
