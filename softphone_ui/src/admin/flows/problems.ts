/** What is wrong with a flow, in the reader's language, with the word that may have been meant beside it. */
import type { TFunction } from "i18next";

import type { FlowProblem } from "../../api/flows";
import { mistakeWords } from "../../common/mistakeWords";
import type { ToldProblem } from "./marks";

export function told(t: TFunction, problem: FlowProblem): ToldProblem {
  const { instead } = problem.params;
  return { ...problem, words: mistakeWords(t, problem), mend: instead === undefined ? "" : t("flows.use", { instead }) };
}
