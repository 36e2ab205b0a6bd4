import { describe, expect, it } from "vitest";

import { parsePeople } from "./parse";

describe("a pasted list of people", () => {
  it.each([
    ["Tessa Lindqvist <Tessa@Northwind.example>", "Tessa Lindqvist", "tessa@northwind.example"],
    ["Tessa Lindqvist\ttessa@northwind.example", "Tessa Lindqvist", "tessa@northwind.example"],
    ["\"Lindqvist, Tessa\" <tessa@northwind.example>", "Lindqvist Tessa", "tessa@northwind.example"],
    ["owen.hart@northwind.example", "owen.hart", "owen.hart@northwind.example"],
    ["李小明", "李小明", null],
  ])("%s", (line, name, email) => {
    expect(parsePeople(line)).toEqual({ entries: [{ name, email }], bad: [] });
  });

  it("takes one a line, several addresses in a line, and nobody twice", () => {
    const parsed = parsePeople("a@x.example, b@x.example\n\n  Zoe  \nA <a@x.example>\n");
    expect(parsed.entries.map((entry) => entry.email ?? entry.name)).toEqual(["a@x.example", "b@x.example", "Zoe"]);
  });

  it("says which lines are neither a name nor an address", () => {
    expect(parsePeople("<>\nZoe").bad).toEqual(["<>"]);
  });
});
