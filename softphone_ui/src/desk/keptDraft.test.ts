import { beforeEach, expect, test } from "vitest";

import { forget, forgetAll, keep, kept } from "./keptDraft";
import { emptyWrapUp } from "./wrapUp";

/** What `Storage` does, without a browser. */
class Drawer implements Storage {
  [key: string]: unknown;
  get length(): number {
    return Object.keys(this).length;
  }
  clear(): void {
    for (const key of Object.keys(this)) this.removeItem(key);
  }
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? String(this[key]) : null;
  }
  key(index: number): string | null {
    return Object.keys(this)[index] ?? null;
  }
  removeItem(key: string): void {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the browser's own storage is such an object
    delete this[key];
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
}

const DRAFT = { ...emptyWrapUp("wants a refund"), disposition: "follow_up" as const, nextStep: "ticket" as const, ticketSubject: "Refund" };
let drawer: Storage;

beforeEach(() => {
  drawer = new Drawer();
});

test("what was written is there again, for this work only", () => {
  keep(drawer, "work_1", DRAFT);
  expect(kept(drawer, "work_1")).toEqual(DRAFT);
  expect(kept(drawer, "work_2")).toBeNull();
});

test("finished work leaves nothing behind, and signing out takes everything", () => {
  keep(drawer, "work_1", DRAFT);
  keep(drawer, "work_2", DRAFT);
  drawer.setItem("patchbay.preferences", "{}");
  forget(drawer, "work_1");
  expect(kept(drawer, "work_1")).toBeNull();
  forgetAll(drawer);
  expect(kept(drawer, "work_2")).toBeNull();
  expect(drawer.getItem("patchbay.preferences")).toBe("{}");
});

test("what is no choice is asked again; what is no draft is no draft", () => {
  drawer.setItem("patchbay.wrap-up.work_1", JSON.stringify({ ...DRAFT, disposition: 7 }));
  expect(kept(drawer, "work_1")).toEqual({ ...DRAFT, disposition: null });
  for (const nonsense of ["{", "null", "3", JSON.stringify({ ...DRAFT, summary: 1 }), JSON.stringify({ ...DRAFT, nextStep: "x" })]) {
    drawer.setItem("patchbay.wrap-up.work_1", nonsense);
    expect(kept(drawer, "work_1")).toBeNull();
  }
});
