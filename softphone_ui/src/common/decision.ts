/** Why an agent got the work, in the reader's language: from the codes where the server sends them, in its words where it does not. */
import type { TFunction } from "i18next";

import type { Decision, DecisionCandidate, Work } from "../api/live";
import en from "../i18n/en.json";
import { clock } from "../format/time";
import { listed } from "./listed";
import { unreachableWords } from "./unreachable";
import { reasonWords } from "./words";

type KnownCode = keyof typeof en.decision.why;

/** «Billing 3+, Chinese 2+, not vip only»; skills carry their own names. */
export function asked({ requirements, condition }: Pick<Work, "requirements" | "condition">): string {
  return listed([...requirements.map(({ skill, level }) => `${skillName(skill)} ${level}+`), condition].filter(Boolean));
}

/** A rule comes as its own text's own text: «billing ≥ 4» → «Billing 4+». */
export function ruleWords(rule: string): string {
  return rule.replaceAll(/([\p{L}\d_-]+) ≥ (\d+)/gu, (_rule, skill: string, level: string) => `${skillName(skill)} ${level}+`);
}

export function skillName(skill: string): string {
  const name = skill.replace(/^skill_/, "").replaceAll("_", " ");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** «Longest idle of 3», «The only one available»: the line above the table. */
export function decisionTitle(t: TFunction, decision: Decision): string {
  const able = decision.candidates.filter((candidate) => candidate.eligible).length;
  if (decision.candidates.length === 0) return decision.summary;
  const won = decision.candidates[0]?.code;
  if (won === "asked_for" || won === "last_agent") return t(`decision.why.${won}`);
  if (able === 1) return t("decision.onlyOne");
  return decision.strategy in en.decision.strategy ? t("decision.of", { strategy: t(`decision.strategy.${decision.strategy}`), count: able }) : decision.summary;
}

/** Why one candidate won or lost. */
export function candidateWords(t: TFunction, candidate: DecisionCandidate): string {
  const { code, params } = candidate;
  if (!(code in en.decision.why)) return candidate.why;
  const { idle_s, skill, reason, ...rest } = params;
  const key = code === "away" && reason ? "away_for" : (code as KnownCode);
  return t(`decision.why.${key}`, {
    ...rest,
    ...(typeof idle_s === "number" ? { clock: clock(idle_s) } : {}),
    ...(typeof skill === "string" ? { skill: skillName(skill) } : {}),
    ...(typeof reason === "string" ? { reason: code === "unreachable" ? unreachableWords(t, reason) : reasonWords(t, reason) } : {}),
  });
}
