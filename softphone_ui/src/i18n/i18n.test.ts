import { expect, test } from "vitest";

import en from "./en.json";
import { localeOf } from "./index";
import widgetEn from "./widget.en.json";
import widgetZh from "./widget.zh.json";
import zh from "./zh.json";

type Texts = Record<string, unknown>;

function flat(texts: Texts, prefix = ""): [key: string, text: string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : flat(value as Texts, `${prefix}${key}.`),
  );
}

const placeholders = (text: string): string[] => [...(text.match(/\{\{\w+\}\}|<\d>/g) ?? [])].sort();

test("every language has the same texts", () => {
  expect(flat(zh).map(([key]) => key)).toEqual(flat(en).map(([key]) => key));
  expect(Object.keys(widgetZh)).toEqual(Object.keys(widgetEn));
});

test("every translation has the same places for names and numbers", () => {
  const chinese = new Map([...flat(zh), ...flat(widgetZh, "widget.")]);
  for (const [key, text] of [...flat(en), ...flat(widgetEn, "widget.")]) expect([key, placeholders(chinese.get(key) ?? "")]).toEqual([key, placeholders(text)]);
});

test("no text shouts", () => {
  for (const [, text] of [...flat(en), ...flat(zh), ...flat(widgetEn), ...flat(widgetZh)]) expect(text).not.toMatch(/[!！]/);
});

test("one kind of apostrophe", () => {
  for (const [key, text] of [...flat(en), ...flat(widgetEn)]) expect([key, text.includes("’")]).toEqual([key, false]);
});

test("dates are written as the reader's region writes them", () => {
  expect(localeOf("en", ["de-DE", "en-AU"])).toBe("en-AU");
  expect(localeOf("en", ["de-DE"])).toBe("en-GB");
  expect(localeOf("zh", ["en-US"])).toBe("zh-CN");
});
