import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Agent } from "../api/live";
import { say } from "../common/say";
import { stateWords } from "../common/words";

/** Says it once when somebody else set this agent's state, now or for after the present work. */
export function useSetByOther(agent: Agent | null): void {
  const { t } = useTranslation();
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (agent === null) return;
    const action = agent.by === "" ? "" : [agent.by, agent.next_state ?? agent.state, agent.next_state === null ? agent.reason : agent.next_reason].join("/");
    // What stood there when the page came is not news.
    const news = told.current !== null && action !== "" && action !== told.current;
    told.current = action;
    if (!news) return;
    const name = agent.by;
    const words =
      agent.next_state === null
        ? t("state.setByNow", { name, state: stateWords(t, agent.state, agent.reason) })
        : t("state.setByNext", { name, state: stateWords(t, agent.next_state, agent.next_reason) });
    say.note(words);
  }, [agent, t]);
}
