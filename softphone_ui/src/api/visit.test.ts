import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";

import { endVisit, SESSION, visitEnd, visitEndQuery } from "./visit";

const signedIn = (): QueryClient => {
  const queries = new QueryClient();
  queries.setQueryData(SESSION, { name: "Mei Lin" });
  return queries;
};
const end = (queries: QueryClient) => queries.getQueryData(visitEndQuery.queryKey) ?? null;

test("whoever is signed out reads why", () => {
  const queries = signedIn();
  endVisit(queries, "disabled");
  expect([queries.getQueryData(SESSION), end(queries)]).toEqual([null, "disabled"]);
});

test("what fails in the wake of it knows less, and takes nothing away", () => {
  const queries = signedIn();
  endVisit(queries, "disabled");
  endVisit(queries);
  expect(end(queries)).toBe("disabled");
});

test("whoever signs out is told nothing, whatever was told before", () => {
  const queries = signedIn();
  endVisit(queries, "expired");
  queries.setQueryData(SESSION, { name: "Mei Lin" });
  endVisit(queries);
  expect(end(queries)).toBeNull();
});

test("a reason of a newer server is none", () => {
  expect([visitEnd("signed_out"), visitEnd("of_a_newer_server"), visitEnd("not signed in")]).toEqual([null, null, null]);
});
