import i18next from "i18next";
import { describe, expect, test } from "vitest";

import en from "../i18n/en.json";
import zh from "../i18n/zh.json";
import examples from "./popWords.examples.json";
import { sentence, sureWords, type Reader } from "./popWords";

const texts = i18next.createInstance();
await texts.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
const { now, zone } = examples;
const english: Reader = { t: texts.getFixedT("en"), locale: "en-GB", now, zone };
const chinese: Reader = { t: texts.getFixedT("zh"), locale: "zh-CN", now, zone };

/** What people wrote, names and the numbers of things stay as they are. */
const theirs = /Kim|Charged twice|Kettle|delivery date|Billing|billing|invoice|an invoice please|Mei Lin|Spring list/g;

describe("the lines of the screen-pop", () => {
  test.each(examples.said)("are the server's own in English: $text", ({ code, params, text }) => {
    expect(sentence(english, code, params as never, "?")).toBe(text);
  });

  test.each(examples.said)("have no English word in Chinese: $text", ({ code, params }) => {
    expect(sentence(chinese, code, params as never, "?").replaceAll(theirs, "")).not.toMatch(/[A-Za-z?]/);
  });

  test("are another system's own words where it wrote them", () => {
    expect(sentence(chinese, "", {}, "Two captures on order 77-1204")).toBe("Two captures on order 77-1204");
    expect(sentence(chinese, "newer_than_this_page", {}, "in English")).toBe("in English");
  });

  test("age while one looks at them", () => {
    const facts = { channel: "ticket", number: 7, at: now - 100 * 60 };
    expect(sentence(english, "never_answered", facts, "?")).toBe("Ticket #7 open for 100 min, not answered yet");
    expect(sentence({ ...english, now: now + 3600 }, "never_answered", facts, "?")).toBe("Ticket #7 open for 2 h, not answered yet");
  });
});

describe("what makes us sure", () => {
  const customer = ({ code, params, text }: (typeof examples.sure)[number]) => ({ certainty_by: text, certainty_code: code, certainty_params: params as never });

  test.each(examples.sure)("is said as the server says it: $text", (example) => {
    expect(sureWords(english.t, customer(example))).toBe(example.text);
  });

  test.each(examples.sure)("is said in Chinese: $text", (example) => {
    expect(sureWords(chinese.t, customer(example)).replaceAll(theirs, "")).not.toMatch(/[A-Za-z]/);
  });
});
