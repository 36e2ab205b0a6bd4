import i18next from "i18next";
import { expect, test } from "vitest";

import en from "../i18n/en.json";
import zh from "../i18n/zh.json";
import { choiceWords, recordedWords, refusalWords, undeliveredWords } from "./recorded";

const texts = i18next.createInstance();
await texts.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
const english = texts.getFixedT("en");
const chinese = texts.getFixedT("zh");

test("the caller's way is told in the reader's language, the menu's own names as they are", () => {
  expect(choiceWords(chinese, "pressed 2 (billing)")).toBe("选了 2（billing）");
  expect(choiceWords(chinese, "said “an invoice” (invoice (new))")).toBe("说了“an invoice”（invoice (new)）");
  expect(choiceWords(chinese, "entered 1 digit")).toBe("输入了 1 位数字");
  expect(choiceWords(chinese, "entered 6 digits")).toBe("输入了 6 位数字");
  expect(choiceWords(chinese, "no answer that fits")).toBe("回答不匹配");
});

test("history that the server wrote is told in the reader's language, what people wrote is not touched", () => {
  expect(recordedWords(chinese, "Left after 9 min of waiting")).toBe("等待 9 分钟后放弃");
  expect(recordedWords(chinese, "Called back: no answer")).toBe("回电：无人接听");
  expect(recordedWords(chinese, "solved")).toBe(zh.wrapUp.dispositions.solved);
  expect(recordedWords(chinese, "Left after all: the kettle")).toBe("Left after all: the kettle");
});

test("what an earlier release wrote is told in today's words", () => {
  expect(recordedWords(english, "Left after 2 h of waiting")).toBe("Abandoned after waiting 2 h");
  expect(choiceWords(english, "pressed # (main (new))")).toBe("chose # (main (new))");
});

test("why a message was given up is said in words, also of an earlier release's codes", () => {
  expect(undeliveredWords(english, "it answered 410: it wants no more of these")).toBe("The other side answered 410: it no longer accepts these messages.");
  expect(undeliveredWords(english, "it answered 500")).toBe("The other side answered 500.");
  expect(undeliveredWords(chinese, "ConnectError")).toBe("无法连接到对方。");
});

test("in English what is written today stays what it is", () => {
  const said = ["chose # (main (new))", "Abandoned after waiting 2 h", "Asked to be called back", "no answer", "", "Where is my order? ($5)"];
  expect(said.map((one) => recordedWords(english, one))).toEqual(said);
  expect(refusalWords(english, "this node is full: 400 legs")).toBe("this node is full: 400 connections");
});

test("why something did not go is told in the reader's language, without the path of a file", () => {
  expect(refusalWords(english, "No space left on device")).toBe("the disk is full");
  expect(refusalWords(chinese, "/data/recordings/call.wav: No space left on device")).toBe("磁盘已满");
  expect(refusalWords(chinese, "calls_per_hour")).toBe("本小时的呼叫次数已用完");
  expect(refusalWords(chinese, "killed by SIGKILL")).toBe("被 SIGKILL 终止");
  expect(refusalWords(chinese, "piper: no model")).toBe("piper: no model");
});
