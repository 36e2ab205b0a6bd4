import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { useLive } from "../../live/LiveProvider";
import type { Names } from "./words";

/** Names as the live view has them now; an id that it does not know stands for itself. */
export function useNames(): Names {
  const { t } = useTranslation();
  const queues = useLive((state) => state.queues);
  const agents = useLive((state) => state.agents);
  return useMemo(
    () => ({
      queue: (id) => queues[id]?.name ?? id,
      agent: (id) => agents[id]?.name ?? id,
      stateOf: (id) => {
        const agent = agents[id];
        return agent === undefined ? null : t(`state.${agent.state}`);
      },
    }),
    [t, queues, agents],
  );
}
