import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { flowQuery, type FlowDetail } from "../../api/flows";
import { Notice } from "../../common/Notice";
import { inWords } from "../../common/say";
import { FlowBar } from "./FlowBar";
import classes from "./Flows.module.css";
import { Simulator } from "./Simulator";
import { TextCard } from "./TextCard";
import { useFlowWork } from "./useFlowWork";
import { Versions } from "./Versions";

/** One flow: its text, what is wrong with it, a simulated call beside it, its versions. */
export function FlowPage({ flowId }: { flowId: string }) {
  const { t } = useTranslation();
  const flow = useQuery(flowQuery(flowId));
  if (flow.isError && flow.data === undefined)
    return <Notice tone="bad" title={t("flows.cannotLoad")} text={inWords(flow.error)} action={{ label: t("app.retry"), run: () => void flow.refetch(), busy: flow.isFetching }} />;
  if (flow.data === undefined)
    return (
      <div role="status" className={classes.loading}>
        {t("app.loading")}
      </div>
    );
  return <Work flow={flow.data} />;
}

function Work({ flow }: { flow: FlowDetail }) {
  const work = useFlowWork(flow);
  return (
    <div className={classes.page}>
      <FlowBar flow={flow} work={work} />
      <TextCard flow={flow} work={work} />
      <div className={classes.side}>
        <Simulator work={work} />
        <Versions flow={flow} work={work} />
      </div>
    </div>
  );
}
