import { useState } from "react";

import type { Question } from "../api/reports";
import type { About } from "./about";
import type { Period } from "./period";

/** What is asked of a report on this page. */
export interface Asked extends Question {
  period: Period;
  /** A line for each interval, or for each queue or agent. */
  by: "time" | "name";
}

const TODAY: Asked = { first: "", last: "", period: "today", interval: "half_hour", only: [], by: "time", beside: "weekdays" };
const KEY = "patchbay.report";

/** Days and intervals are the same for all reports while the page is looked at again; whom it is about is each report's own. */
export function useAsked(about: About): [Asked, (part: Partial<Asked>) => void] {
  const [asked, setAsked] = useState<Asked>(() => kept(about));
  const change = (part: Partial<Asked>): void => {
    const next = { ...asked, ...part };
    setAsked(next);
    const { only, by, ...days } = next;
    sessionStorage.setItem(KEY, JSON.stringify(days));
    sessionStorage.setItem(`${KEY}.${about}`, JSON.stringify({ only, by }));
  };
  return [asked, change];
}

function kept(about: About): Asked {
  const usual = about === "queues" ? TODAY : ({ ...TODAY, by: "name" } as const);
  return { ...usual, ...read(KEY), ...read(`${KEY}.${about}`) };
}

function read(key: string): Partial<Asked> {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "{}") as Partial<Asked>;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
