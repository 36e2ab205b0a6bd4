import i18next from "i18next";
import { expect, test } from "vitest";

import { ApiError } from "../api/client";
import en from "../i18n/en.json";
import zh from "../i18n/zh.json";
import { errorWords } from "./serverWords";

const texts = i18next.createInstance();
await texts.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
const english = texts.getFixedT("en");
const chinese = texts.getFixedT("zh");

const refusal = (code: string, status = 409, retryAfter: number | null = null): ApiError => new ApiError(status, code, "the server's own words", retryAfter);

test("a refusal is said in the reader's language", () => {
  expect(errorWords(english, refusal("work_taken"))).toBe("An agent has already taken this.");
  expect(errorWords(chinese, refusal("work_taken"))).toBe("已有坐席接手。");
  expect(errorWords(chinese, refusal("too_many_tries", 429, 40))).toContain("40");
});

test("a code that this page does not know leaves the server's sentence", () => {
  expect(errorWords(chinese, refusal("newer_than_this_page"))).toBe("the server's own words");
});

test("what was filled in and does not fit is said by its field", () => {
  const violations = [
    { place: "summary", code: "string_too_long", params: { max_length: 10000 } },
    { place: "tags.3", code: "string_too_short", params: { min_length: 1 } },
    { place: "name", code: "json_type", params: {} },
  ];
  const error = new ApiError(422, "invalid", "the server's own words", null, { violations });
  expect(errorWords(english, error)).toBe(
    "Some fields need correcting: summary can have 10000 characters at most, tags is too short or empty, name isn't valid.",
  );
  expect(errorWords(chinese, error)).toBe("有些内容需要更正：小结最多 10000 个字符，标签太短或为空，姓名无效。");
  expect(errorWords(chinese, refusal("invalid", 422))).toBe("the server's own words");
});

test("a node's refusal is said in the reader's language", () => {
  const full = new ApiError(503, "leg_refused", "this node is full: 400 legs", 2);
  expect(errorWords(english, full)).toBe("The audio connection was refused: this node is full: 400 connections.");
  expect(errorWords(chinese, full)).toBe("音频连接被拒绝：这个节点已满：400 个连接。");
});
