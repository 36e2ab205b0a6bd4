import { Popover } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Decision, DecisionCandidate } from "../api/live";
import { useLive } from "../live/LiveProvider";
import { candidateWords, decisionTitle, ruleWords } from "./decision";
import classes from "./Why.module.css";

/** A button that opens the decision record: who could have had this work, who could not, and why. */
export function Why({ decision, agentId, label }: { decision: Decision; agentId: string | null; label: string }) {
  return (
    <Popover width={400} position="bottom-start" withArrow shadow="sm" trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className={classes.open}>
          {label}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <Record decision={decision} agentId={agentId} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** The record itself, also where it stands open. */
export function Record({ decision, agentId }: { decision: Decision; agentId: string | null }) {
  const { t } = useTranslation();
  return (
    <div className={classes.record} tabIndex={0} role="group" aria-label={decisionTitle(t, decision)}>
      <b>{decisionTitle(t, decision)}</b>
      {decision.requirements && <p>{t("decision.asked", { what: ruleWords(decision.requirements) })}</p>}
      {decision.relaxed && <p>{t("decision.relaxed", { what: ruleWords(decision.relaxed) })}</p>}
      {decision.candidates.length > 0 && (
        <table>
          <thead className="visually-hidden">
            <tr>
              <th scope="col">{t("decision.agent")}</th>
              <th scope="col">{t("decision.whyColumn")}</th>
            </tr>
          </thead>
          <tbody>
            {decision.candidates.map((candidate) => (
              <Row key={candidate.agent_id} candidate={candidate} won={candidate.agent_id === agentId} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Row({ candidate, won }: { candidate: DecisionCandidate; won: boolean }) {
  const { t } = useTranslation();
  const known = useLive((state) => state.agents[candidate.agent_id]?.name);
  const terms = candidate.terms.map((term) => `${term.name} ${term.value}`).join(" · ");
  return (
    <tr data-won={won || undefined} data-able={candidate.eligible || undefined}>
      <th scope="row">{known ?? (candidate.name || t("decision.anotherAgent"))}</th>
      <td>
        {candidateWords(t, candidate)}
        {terms && <small>{terms}</small>}
      </td>
    </tr>
  );
}
