import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { configurationQuery } from "../../api/configuration";
import { flowsQuery } from "../../api/flows";
import { numbersQuery } from "../../api/numbers";
import { firstCallsQuery, sessionQuery } from "../../api/queries";
import { changeSettings, installationQuery, settingsQuery } from "../../api/settings";
import { trunksQuery } from "../../api/trunks";
import { usersQuery } from "../../api/users";
import { Link } from "../../app/Link";
import { navigate } from "../../app/router";
import { Notice } from "../../common/Notice";
import { inWords } from "../../common/say";
import { useLive } from "../../live/LiveProvider";
import admin from "../Admin.module.css";
import { useDraft } from "../draft";
import { Later } from "./Later";
import classes from "./Setup.module.css";
import { callable, isDone, nextOf, stepsOf, type Facts, type Step } from "./steps";
import { placeTestCall, TestCall } from "./TestCall";

/** The way from an empty installation to the first call: how each step stands, and one button that is the next. */
export function SetupPage() {
  const { t } = useTranslation();
  const { facts, failed, again } = useFacts();
  if (failed !== null) return <Notice tone="bad" title={t("setup.cannotLoad")} text={inWords(failed)} action={{ label: t("app.retry"), run: again }} />;
  if (facts === null)
    return (
      <div className={admin.loading} role="status">
        {t("app.loading")}
      </div>
    );
  return <Steps facts={facts} />;
}

function Steps({ facts }: { facts: Facts }) {
  const { t } = useTranslation();
  const name = useQuery(sessionQuery).data?.name ?? "";
  const steps = stepsOf(facts);
  const next = nextOf(steps);
  const done = steps.filter(isDone).length;
  const worked = steps.at(-1)?.state === "done";
  const lead = !worked ? "lead" : steps.some((step) => step.state === "broken") ? "leadBroken" : facts.trunks > 0 ? "leadWorks" : "leadInside";
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h2>{t(worked ? "setup.worked" : "setup.welcome", { name: name.split(" ")[0] })}</h2>
        <p>{t(`setup.${lead}`)}</p>
        <div className={classes.progress}>
          <span>
            {t("setup.done", { done, all: steps.length })} · <Shown />
          </span>
          <div aria-hidden>
            {steps.map((step) => (
              <i key={step.name} data-state={step.state} />
            ))}
          </div>
        </div>
      </header>
      <ol className={classes.steps} aria-label={t("admin.section.setup")}>
        {steps.map((step, index) => (
          <Row key={step.name} step={step} place={index + 1} isNext={step === next} ready={steps.slice(0, -1).every(isDone)} />
        ))}
      </ol>
      <TestCall number={callable(facts)} record={worked ? facts.calls.find((call) => call.connected_at !== null && call.agent_id !== null) : undefined} />
      <Later number={callable(facts) ?? ""} />
    </div>
  );
}

/** Takes the page out of the navigation, or puts it back; System leads here meanwhile. */
function Shown() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const settings = useLive((state) => state.settings);
  const change = useMutation({
    mutationFn: () => changeSettings({ ...settings, first_steps: !settings.first_steps }),
    onSuccess: (saved) => queries.setQueryData(settingsQuery.queryKey, saved),
  });
  return (
    <button type="button" className={classes.hide} disabled={change.isPending} onClick={() => change.mutate()} title={settings.first_steps ? t("setup.hideHelp") : undefined}>
      {t(settings.first_steps ? "setup.hide" : "setup.show")}
    </button>
  );
}

/** `ready`: everything that a test call needs is there. */
function Row({ step, place, isNext, ready }: { step: Step; place: number; isNext: boolean; ready: boolean }) {
  const { t } = useTranslation();
  const { name, state } = step;
  const says = t(`setup.${name}.${step.says}` as "setup.people.onlyYou", step.params);
  const waits = name === "call" && state === "open" && !ready;
  const button = name === "call" ? (state === "done" ? "again" : "call") : (isDone(step) && state === "done") || (name === "queue" && step.says === "draft") ? "open" : "begin";
  const label = t(`setup.${name}.${button}` as "setup.people.begin", step.params);
  const variant = isNext ? "filled" : "default";
  return (
    <li className={classes.step} data-next={isNext} data-state={state}>
      <span className={classes.mark} aria-hidden>
        {state === "done" ? <IconCheck size={16} stroke={2} /> : state === "broken" ? <IconAlertTriangle size={15} stroke={2} /> : place}
      </span>
      <div className={classes.what}>
        <h3>{t(`setup.${name}.title`)}</h3>
        <p>{says}</p>
      </div>
      <span className={classes.state}>{t(waits ? "setup.state.waits" : isNext && state === "open" ? "setup.state.next" : `setup.state.${state}`)}</span>
      {name === "company" ? (
        <span />
      ) : name === "call" ? (
        <Button variant={variant} disabled={!ready} onClick={() => placeTestCall(String(step.params.number))}>
          {label}
        </Button>
      ) : (
        <Button component={Link} href={step.href} variant={variant} onClick={() => navigate(step.href)}>
          {label}
        </Button>
      )}
    </li>
  );
}

/** Everything the steps are told from; null until all of it is here. */
function useFacts(): { facts: Facts | null; failed: Error | null; again: () => void } {
  const company = useQuery(installationQuery);
  const users = useQuery(usersQuery({ query: "", role: null, state: null }, 0));
  const configuration = useQuery(configurationQuery);
  const draft = useDraft();
  const flows = useQuery(flowsQuery);
  const numbers = useQuery(numbersQuery);
  const trunks = useQuery(trunksQuery);
  const calls = useQuery(firstCallsQuery);
  const all = [company, users, configuration, flows, numbers, trunks, calls];
  const again = (): void => all.filter((query) => query.isError).forEach((query) => void query.refetch());
  const failed = all.find((query) => query.isError)?.error ?? null;
  if (!company.data || !users.data || !configuration.data || !flows.data || !numbers.data || !trunks.data || !calls.data) return { facts: null, failed, again };
  return {
    facts: {
      company: company.data,
      people: users.data.counts,
      document: configuration.data.document,
      draft: draft?.document ?? null,
      flows: flows.data.items,
      numbers: numbers.data.items,
      trunks: trunks.data.items.length,
      calls: calls.data.items,
    },
    failed: null,
    again,
  };
}
