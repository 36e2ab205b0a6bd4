import i18next from "i18next";
import { describe, expect, test } from "vitest";

import type { Engagement, Segment } from "../api/live";
import en from "../i18n/en.json";
import zh from "../i18n/zh.json";
import { byWords, holderWords, howWords, speakerOf } from "./handled";

const texts = i18next.createInstance();
await texts.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
const [english, chinese] = [texts.getFixedT("en"), texts.getFixedT("zh")];
const time = (at: number): string => `10:0${at}`;

function had(name: string, from: number, more: Partial<Engagement> = {}): Engagement {
  return {
    work_id: `work_${name}`, agent_id: `agent_${name}`, stay: 0, agent_name: name, queue_id: null, queue_name: "Billing", role: "agent", began: "taken",
    asked_by: null, asked_by_name: "", note: "", from_at: from, took_over_at: null, to_at: null, ended: null, disposition: "", summary: "", written_at: null,
    ...more,
  };
}

const mei = had("Mei", 1, { to_at: 4, ended: "transferred" });
const omar = had("Omar", 2, { began: "consulted", asked_by_name: "Mei", took_over_at: 4, to_at: 9, ended: "call_ended" });
const asked = had("Ada", 3, { role: "consultant", began: "consulted", asked_by_name: "Mei", ended: "consulted", to_at: 4 });

describe("who had a conversation", () => {
  test("is said in order, and nobody twice in a row", () => {
    expect(holderWords(english, [mei], "Mei")).toBe("Mei");
    expect(holderWords(english, [mei, omar, asked], "Omar")).toBe("Mei, then Omar");
    expect(holderWords(chinese, [mei, omar], "Omar")).toBe("Mei，后转 Omar");
    expect(holderWords(english, [mei, had("Mei", 2), had("Omar", 3), had("Mei", 5)], "Mei")).toBe("Mei, Omar, then Mei");
    expect(holderWords(english, [], "Mei")).toBe("Mei");
    expect(byWords(english, [], null)).toBe("");
  });

  test("says how each came, took over and left", () => {
    expect(howWords(english, mei, time)).toBe("Handed over");
    expect(howWords(english, omar, time)).toBe("Consulted by Mei · took over at 10:04");
    expect(howWords(english, asked, time)).toBe("Consulted by Mei");
    expect(howWords(english, had("Mei", 1, { began: "called" }), time)).toBe("Called the customer");
    expect(howWords(chinese, omar, time)).toBe("Mei 发起咨询 · 10:04 接手");
  });

  test("says whose words they were", () => {
    const said = (start_ms: number): Segment => ({ start_ms }) as Segment;
    expect(speakerOf(said(1000), 1, [mei, omar], "Omar")).toBe("Mei");
    expect(speakerOf(said(4000), 1, [mei, omar], "Omar")).toBe("Omar");
    expect(speakerOf(said(4000), 1, [mei], "Mei Lin")).toBe("Mei Lin");
  });
});
