import { expect, test } from "vitest";

import { entryOf } from "./build";

test("a built page names its entry", () => {
  expect(entryOf('<script type="module" crossorigin src="/assets/index-Bx1.js"></script>')).toBe("/assets/index-Bx1.js");
});

test("other pages name none", () => {
  expect(entryOf('<script type="module" src="/src/main.tsx"></script>')).toBeNull();
  expect(entryOf("<h1>Bad gateway</h1>")).toBeNull();
});
