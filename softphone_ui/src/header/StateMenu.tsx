import { Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { setAgentState } from "../api/actions";
import { askForNotifications } from "../app/preferences";
import { Dot } from "../common/Dot";
import { reasonWords } from "../common/words";
import { clock, countdown } from "../format/time";
import { useLive } from "../live/LiveProvider";
import { myAgent } from "../live/selectors";
import { useNow } from "../live/useNow";
import classes from "./Header.module.css";

const AWAY_REASONS = ["break", "lunch", "meeting", "training", "paperwork"] as const;
const AT_WORK = new Set(["offered", "busy", "wrap_up"]);

/** My state with its running clock; opens to change it. */
export function StateMenu() {
  const { t } = useTranslation();
  const agent = useLive(myAgent);
  const change = useMutation({ mutationFn: (to: { state: "free" | "away" | "signed_out"; reason?: string }) => setAgentState(to.state, to.reason) });
  const goFree = (): void => {
    askForNotifications();
    change.mutate({ state: "free" });
  };
  if (agent === null) return <div className={classes.state} aria-hidden="true" />;
  const word = agent.state === "away" && agent.reason ? reasonWords(t, agent.reason) : t(`state.${agent.state}`);
  return (
    <Menu position="bottom-start" width={220} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={classes.state}>
          {agent.state === "free" && !agent.reachable ? <Dot colour="var(--pb-bad)" /> : <Dot state={agent.state} />}
          <span className="visually-hidden">{t("state.menu", { state: word })}</span>
          <span aria-hidden="true">{word}</span>
          <StateClock since={agent.since} until={agent.state === "wrap_up" ? agent.until : null} />
          <IconChevronDown size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {AT_WORK.has(agent.state) && <Menu.Label>{t("state.afterCall")}</Menu.Label>}
        <Menu.Item leftSection={<Dot state="free" />} onClick={goFree}>
          {t("state.goFree")}
        </Menu.Item>
        <Menu.Label>{t("state.awayFor")}</Menu.Label>
        {AWAY_REASONS.map((reason) => (
          <Menu.Item key={reason} leftSection={<Dot state="away" />} onClick={() => change.mutate({ state: "away", reason })}>
            {t(`state.reason.${reason}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => change.mutate({ state: "signed_out" })}>{t("state.stop")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function StateClock({ since, until }: { since: number; until: number | null }) {
  const now = useNow();
  return <span className={classes.clock} aria-hidden="true">{until === null ? clock(now - since) : `−${countdown(until - now)}`}</span>;
}
