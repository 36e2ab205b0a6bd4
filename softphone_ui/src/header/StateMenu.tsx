import { Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { setAgentState, type RequestedState } from "../api/actions";
import { askForNotifications } from "../app/preferences";
import { Dot } from "../common/Dot";
import { StateItems } from "../common/StateItems";
import { nextWords, stateWords } from "../common/words";
import { useSetByOther } from "./useSetByOther";
import { clock, countdown, hourAndMinute } from "../format/time";
import { useLocale } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { myAgent } from "../live/selectors";
import { useNow } from "../live/useNow";
import classes from "./Header.module.css";

const AT_WORK = new Set(["offered", "busy", "wrap_up"]);

/** My state with its running clock; opens to change it. */
export function StateMenu() {
  const { t } = useTranslation();
  const locale = useLocale();
  const agent = useLive(myAgent);
  const change = useMutation({ mutationFn: (to: { state: RequestedState; reason: string }) => setAgentState(to.state, to.reason) });
  useSetByOther(agent);
  const request = (state: RequestedState, reason = ""): void => {
    if (state === "available") askForNotifications();
    change.mutate({ state, reason });
  };
  if (agent === null) return <div className={classes.state} aria-hidden="true" />;
  const word = stateWords(t, agent.state, agent.reason);
  const next = nextWords(t, agent);
  const time = hourAndMinute(agent.since, locale);
  const sinceWords = agent.by === "" ? t("state.since", { time }) : t("state.setBy", { name: agent.by, time });
  return (
    <Menu position="bottom-start" width={240} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={classes.state}>
          <Dot state={agent.state} />
          <span className="visually-hidden">{t("state.menu", { state: word })}</span>
          <span aria-hidden="true">{word}</span>
          <StateClock since={agent.since} until={agent.state === "wrap_up" ? agent.until : null} />
          <IconChevronDown size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{AT_WORK.has(agent.state) ? (next ?? t("state.afterCall")) : sinceWords}</Menu.Label>
        <StateItems request={request} available={t("state.goAvailable")} stop={t("state.stop")} />
      </Menu.Dropdown>
    </Menu>
  );
}

function StateClock({ since, until }: { since: number; until: number | null }) {
  const time = useNow((now) => (until === null ? clock(now - since) : `−${countdown(until - now)}`));
  return (
    <span className={classes.clock} aria-hidden="true">
      {time}
    </span>
  );
}
