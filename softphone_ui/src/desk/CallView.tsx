import type { Call } from "../api/live";
import { CallBar } from "./CallBar";
import { Transcript } from "./Transcript";
import { WrapUpForm } from "./WrapUpForm";

/** One call in my hands: the bar stays, the talk below it gives way to the wrap-up in the same place. */
export function CallView({ call }: { call: Call }) {
  return (
    <>
      <CallBar call={call} />
      {call.state === "wrap_up" ? <WrapUpForm call={call} /> : <Transcript call={call} />}
    </>
  );
}
