import { describe, expect, test } from "vitest";

import { heardCandidate } from "./heard";

const people = [
  { customer_id: "1", name: "Priya Raman" },
  { customer_id: "2", name: "Tomasz Zieliński" },
  { customer_id: "3", name: "Helen Marsh" },
];

describe("a name that is heard", () => {
  test("marks the one candidate who has it", () => {
    expect(heardCandidate(people, ["hi it's tomasz from", "the office"])?.customer_id).toBe("2");
    expect(heardCandidate(people, ["Zielinski speaking"])?.customer_id).toBe("2");
  });
  test("marks nobody when nobody or several have it", () => {
    expect(heardCandidate(people, ["good morning"])).toBeNull();
    expect(heardCandidate(people, ["helen told me to ask tomasz"])).toBeNull();
    expect(heardCandidate([], ["tomasz"])).toBeNull();
  });
});
