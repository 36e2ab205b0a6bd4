import { useTranslation } from "react-i18next";

import type { Call } from "../api/live";
import { Notice } from "../common/Notice";
import { partIn, wrapUpOf } from "../live/selectors";
import { CallBar } from "./CallBar";
import classes from "./Conversation.module.css";
import { Notes } from "./Notes";
import { Transcript } from "./Transcript";
import { useOutcomes } from "./useOutcomes";
import { WrapUpForm } from "./WrapUpForm";

/** One call in my hands: the bar stays, the transcript stays; beside it the notes of the talk give way to the wrap-up. */
export function CallView({ call, agentId }: { call: Call; agentId: string | null }) {
  const wrapUp = partIn(call, agentId) === "wrap_up" ? wrapUpOf(call, agentId) : undefined;
  useOutcomes(call.queue_id); // asked for while we talk: the wrap-up finds them here
  return (
    <>
      <CallBar call={call} />
      {call.state === "dialling" ? (
        <Dialling call={call} />
      ) : (
        <div className={classes.talkAndNotes} data-wrap={wrapUp !== undefined || undefined}>
          <Transcript call={call} />
          {wrapUp === undefined ? <Notes call={call} /> : <WrapUpForm call={call} wrapUp={wrapUp} />}
        </div>
      )}
    </>
  );
}

/** The customer's phone rings; the agent hears it. */
function Dialling({ call }: { call: Call }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <Notice title={t("call.dialling", { name: call.customer_name || call.caller })} text={t("call.diallingHelp")} />
    </div>
  );
}
