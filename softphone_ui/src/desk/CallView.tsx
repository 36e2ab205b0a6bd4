import { useTranslation } from "react-i18next";

import type { Call } from "../api/live";
import { Notice } from "../common/Notice";
import { CallBar } from "./CallBar";
import { Transcript } from "./Transcript";
import { WrapUpForm } from "./WrapUpForm";

/** One call in my hands: the bar stays, the talk below it gives way to the wrap-up in the same place. */
export function CallView({ call }: { call: Call }) {
  return (
    <>
      <CallBar call={call} />
      {call.state === "dialling" ? <Dialling call={call} /> : call.state === "wrap_up" ? <WrapUpForm call={call} /> : <Transcript call={call} />}
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
