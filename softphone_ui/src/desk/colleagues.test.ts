import { expect, test } from "vitest";

import type { ColleagueList } from "../api/live";
import { colleaguesQuery } from "./colleagues";

const list = (...names: string[]): ColleagueList =>
  ({ agents: names.map((name) => ({ agent_id: `agent_${name}`, name })), agents_found: names.length, queues: [], queues_found: 0 }) as unknown as ColleagueList;

test("what is found again is the same object, so that showing it draws nothing anew", () => {
  const share = colleaguesQuery("").structuralSharing as (shown: unknown, found: unknown) => unknown;
  const shown = list("mei", "jonas");
  expect(share(shown, list("mei", "jonas"))).toBe(shown);
  expect(share(shown, list("jonas", "mei"))).toBe(shown);
  expect(share(shown, list("jonas"))).not.toBe(shown);
});
