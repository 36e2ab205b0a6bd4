import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Call } from "../api/live";
import { Notice } from "../common/Notice";
import { useLive } from "../live/LiveProvider";
import { partIn, wrapUpOf, type Part } from "../live/selectors";
import { CallBar } from "./CallBar";
import classes from "./Conversation.module.css";
import { HandOnPanel } from "./HandOnPanel";
import { Notes } from "./Notes";
import { hasPeople, People, Wish } from "./People";
import { peopleIn } from "./party";
import { Transcript } from "./Transcript";
import { useHandOn } from "./useHandOn";
import { useOutcomes } from "./useOutcomes";
import { WrapUpForm } from "./WrapUpForm";

/** One call in my hands: the bar stays, the transcript stays; beside it the notes of the talk give way to the wrap-up. */
export function CallView({ call, agentId }: { call: Call; agentId: string | null }) {
  const part = partIn(call, agentId) ?? "wrap_up";
  const wrapUp = part === "wrap_up" ? wrapUpOf(call, agentId) : undefined;
  const workId = workOf(call, part);
  const queueId = useLive((state) => state.work_items[wrapUp?.work_id ?? ""]?.queue_id) ?? call.queue_id;
  useOutcomes(queueId); // asked for while we talk: the wrap-up finds them here
  return (
    <>
      <Head call={call} agentId={agentId} part={part} />
      {call.state === "dialling" ? (
        <Dialling call={call} />
      ) : (
        <div className={classes.talkAndNotes} data-wrap={wrapUp !== undefined || undefined}>
          <Transcript call={call} />
          {wrapUp === undefined ? <Notes key={workId} workId={workId} /> : <WrapUpForm call={call} queueId={queueId} wrapUp={wrapUp} />}
        </div>
      )}
    </>
  );
}

/** Whose notes these are: a colleague's are of the consultation, and stay when the call is handed over. */
function workOf(call: Call, part: Part): string {
  return (part === "colleague" ? call.asked?.work_id : call.work_id) ?? call.call_id;
}

/** Controls, people, and the panel in which somebody is asked. */
function Head({ call, agentId, part }: { call: Call; agentId: string | null; part: Part }) {
  const handOn = useHandOn();
  const colleague = peopleIn(call).colleague?.party_id ?? null;
  const [asksAbout, setAsksAbout] = useState<string | null>(null);
  const consulting = colleague !== null;
  const mayAsk = part === "agent" && !consulting && (call.state === "talking" || call.state === "held");
  return (
    <div>
      <CallBar call={call} part={part} handOn={handOn} askHowToEnd={() => setAsksAbout(colleague)} />
      {hasPeople(call, part) && <People call={call} agentId={agentId} part={part} endsAll={consulting && asksAbout === colleague} stay={() => setAsksAbout(null)} />}
      {part === "agent" && call.asked?.taken_by === agentId && call.asked.work_id === call.work_id && (
        <div className={classes.wish}>
          <Wish call={call} />
        </div>
      )}
      {mayAsk && handOn.way !== null && <HandOnPanel call={call} way={handOn.way} choose={handOn.choose} close={handOn.close} />}
    </div>
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
