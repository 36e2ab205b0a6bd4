import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCircleX, IconKeyboard, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { flowWordsQuery, type FlowDetail } from "../../api/flows";
import classes from "./Flows.module.css";
import { FlowText } from "./FlowText";
import type { ToldProblem } from "./marks";
import type { FlowWork } from "./useFlowWork";

/** The text, and below it everything that is wrong with it. */
export function TextCard({ flow, work }: { flow: FlowDetail; work: FlowWork }) {
  const { t } = useTranslation();
  const words = useQuery(flowWordsQuery);
  return (
    <section className={classes.card} aria-label={t("flows.text")}>
      <header className={classes.head}>
        <h3>{flow.flow_id}.yaml</h3>
        {work.walked !== null && <span>{t("flows.stepsNumbered")}</span>}
        <span className={classes.space} />
        <Button size="compact-sm" variant="subtle" leftSection={<IconSearch size={14} stroke={1.8} />} onClick={() => work.editor.current?.find()}>
          {t("flows.find")}
        </Button>
        <Button size="compact-sm" variant="subtle" leftSection={<IconKeyboard size={14} stroke={1.8} />} title={`${t("flows.completeHelp")} (Ctrl Space)`} onClick={() => work.editor.current?.complete()}>
          {t("flows.complete")}
        </Button>
      </header>
      <FlowText handle={work.editor} text={work.initial} words={words.data} problems={work.problems} path={work.path} change={work.change} run={work.run} />
      <Problems work={work} />
    </section>
  );
}

function Problems({ work }: { work: FlowWork }) {
  const { t } = useTranslation();
  return (
    <div className={classes.problems} role="region" aria-label={t("flows.problems")} aria-live="polite">
      {work.problems.length === 0 ? (
        <p className={classes.help}>{work.checked ? t("flows.noProblem") : t("flows.checking")}</p>
      ) : (
        <ul>
          {work.problems.map((problem, index) => (
            <Line key={index} problem={problem} work={work} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Line({ problem, work }: { problem: ToldProblem; work: FlowWork }) {
  const { t } = useTranslation();
  const error = problem.severity === "error";
  return (
    <li data-severity={problem.severity}>
      {error ? <IconCircleX size={16} stroke={1.8} aria-hidden /> : <IconAlertTriangle size={16} stroke={1.8} aria-hidden />}
      <button type="button" onClick={() => work.editor.current?.show(problem.line, problem.column)}>
        {t("flows.line", { line: problem.line })}
      </button>
      <span title={problem.words}>{problem.words}</span>
      {problem.mend === "" ? (
        <small>{error ? t("flows.stopsPublishing") : t("flows.onlyAWarning")}</small>
      ) : (
        <Button size="compact-xs" variant="default" onClick={() => work.editor.current?.mend(problem)}>
          {problem.mend} <kbd>Ctrl .</kbd>
        </Button>
      )}
    </li>
  );
}
