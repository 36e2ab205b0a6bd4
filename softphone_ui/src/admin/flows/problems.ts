/** What is wrong with a flow, in the reader's language: the server's codes name sentences, its own English stands where a code has none. */
import type { TFunction } from "i18next";

import type { FlowProblem } from "../../api/flows";
import en from "../../i18n/en.json";
import type { ToldProblem } from "./marks";

type KnownProblem = keyof typeof en.flows.problem;

export function told(t: TFunction, problem: FlowProblem): ToldProblem {
  const { instead } = problem.params;
  return { ...problem, words: problemWords(t, problem), mend: instead === undefined ? "" : t("flows.use", { instead }) };
}

function problemWords(t: TFunction, { code, params, sentence }: FlowProblem): string {
  const { name = "", words = "", languages = "" } = params;
  return code in en.flows.problem ? t(`flows.problem.${code as KnownProblem}`, { name, words, languages }) : capital(sentence);
}

/** The server's sentences begin small, behind file and line. */
function capital(sentence: string): string {
  return sentence.startsWith("`") ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
