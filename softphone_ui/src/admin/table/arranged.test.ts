import { expect, test } from "vitest";

import { arranged } from "./arranged";

const rows = [
  { name: "Line 10", calls: 3 },
  { name: "line 2", calls: 12 },
  { name: "Main", calls: 0 },
];
const columns = { name: (row: (typeof rows)[number]) => row.name, calls: (row: (typeof rows)[number]) => row.calls };
const names = (found: readonly { name: string }[]): string[] => found.map(({ name }) => name);

test("as they come until a column is chosen", () => {
  expect(names(arranged(rows, columns, "", null))).toEqual(["Line 10", "line 2", "Main"]);
});

test("texts as people count, numbers by size, both ways", () => {
  expect(names(arranged(rows, columns, "", { by: "name", down: false }))).toEqual(["line 2", "Line 10", "Main"]);
  expect(names(arranged(rows, columns, "", { by: "calls", down: true }))).toEqual(["line 2", "Line 10", "Main"]);
});

test("found by any column, whatever the case", () => {
  expect(names(arranged(rows, columns, " LINE ", null))).toEqual(["Line 10", "line 2"]);
  expect(names(arranged(rows, columns, "12", null))).toEqual(["line 2"]);
});
