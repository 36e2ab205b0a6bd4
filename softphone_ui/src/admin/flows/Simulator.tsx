import { Button, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../../api/client";
import { flowWordsQuery, simulate, type CallerAnswer, type Simulated } from "../../api/flows";
import { inWords } from "../../common/say";
import { clock } from "../../format/time";
import { choiceWords } from "../../common/recorded";
import { Answers } from "./Answers";
import { coverageOf, type Run } from "./coverage";
import classes from "./Flows.module.css";
import type { FlowWork } from "./useFlowWork";

const WHO = ["nobody", "unknown", "likely", "certain", "shared"] as const;
type Who = (typeof WHO)[number];

interface Scene {
  who: Who;
  caller: string;
  name: string;
  vip: boolean;
  tickets: number;
  /** As a date and time field holds it; empty: now. */
  at: string;
  answers: CallerAnswer[];
  served: boolean;
}

const BEGINNING: Scene = { who: "likely", caller: "", name: "", vip: false, tickets: 0, at: "", answers: [], served: true };

/** A call without a phone: who calls, when, what they answer; its path is numbered in the text. */
export function Simulator({ work }: { work: FlowWork }) {
  const { t } = useTranslation();
  const [scene, set] = useState(BEGINNING);
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const change = (part: Partial<Scene>): void => set({ ...scene, ...part });
  const { text, setWalked, runWith } = work;
  const walk = useMutation({
    mutationFn: () => simulate({ text, ...asked(scene) }),
    meta: { silent: true },
    onSuccess: (path) => {
      setWalked(path);
      setRuns((earlier) => [...earlier.filter((run) => run.text === text), { text, path }]);
    },
  });
  const run = (): void => walk.mutate();
  useEffect(() => runWith(run));
  return (
    <section className={classes.card} aria-label={t("flows.sim.title")}>
      <header className={classes.head}>
        <h3>{t("flows.sim.title")}</h3>
        <span className={classes.space} />
        <Button size="compact-sm" leftSection={<IconPlayerPlay size={14} stroke={1.8} />} onClick={run} loading={walk.isPending} title="Ctrl ↵">
          {t("flows.sim.run")}
        </Button>
      </header>
      <div className={classes.scene}>
        <Select size="xs" label={t("flows.sim.caller")} allowDeselect={false} value={scene.who} data={WHO.map((who) => ({ value: who, label: t(`flows.sim.who.${who}`) }))} onChange={(who) => change({ who: WHO.find((one) => one === who) ?? "likely" })} />
        <TextInput size="xs" label={t("flows.sim.number")} value={scene.caller} maxLength={64} inputMode="tel" onChange={(event) => change({ caller: event.currentTarget.value })} />
        <TextInput size="xs" type="datetime-local" label={t("flows.sim.time")} value={scene.at} onChange={(event) => change({ at: event.currentTarget.value })} />
        <NumberInput size="xs" label={t("flows.sim.tickets")} min={0} max={99} disabled={scene.who === "nobody"} value={scene.tickets} onChange={(value) => change({ tickets: Number(value) || 0 })} />
        <Switch size="xs" label={t("flows.sim.vip")} disabled={scene.who === "nobody"} checked={scene.vip} onChange={(event) => change({ vip: event.currentTarget.checked })} />
        <Switch size="xs" label={t("flows.sim.served")} checked={scene.served} onChange={(event) => change({ served: event.currentTarget.checked })} />
        <Answers answers={scene.answers} change={(answers) => change({ answers })} run={run} />
      </div>
      {walk.error !== null ? <Failed error={walk.error} /> : work.walked === null ? <p className={classes.hint}>{t("flows.sim.hint")}</p> : <Path path={work.walked} work={work} />}
      <Coverage runs={runs.filter((one) => one.text === text)} work={work} />
    </section>
  );
}

function asked({ who, caller, name, vip, tickets, at, answers, served }: Scene): Omit<Parameters<typeof simulate>[0], "text"> {
  const known = who === "nobody" ? null : { certainty: who, name, vip, open_tickets: tickets };
  return { caller, language: "", at: at === "" ? null : at, known, answers, agent_after_s: served ? 30 : null };
}

function Failed({ error }: { error: Error }) {
  const { t } = useTranslation();
  const wrong = error instanceof ApiError && error.code === "bad_flow";
  return (
    <p role="alert" className={classes.refused}>
      {wrong ? t("flows.sim.mendFirst") : inWords(error)}
    </p>
  );
}

/** How the simulator names a sound that is played, as of `ivr/simulator.py`. */
const FILE = "♪";

function Path({ path, work }: { path: Simulated; work: FlowWork }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.path} aria-label={t("flows.sim.path")} aria-live="polite">
      {path.steps.map((step, index) => (
        <li key={index}>
          <i>{index + 1}</i>
          <button type="button" onClick={() => work.editor.current?.show(path.lines[step.step] ?? 1)}>
            {step.step}
          </button>
          <time>{clock(step.after_s)}</time>
          {step.spoken.map((text, at) => (text.startsWith(FILE) ? <span key={at}>{text}</span> : <q key={at}>{text}</q>))}
          <Left path={path} index={index} />
        </li>
      ))}
      <li>
        <b>
          <End path={path} />
        </b>
      </li>
    </ol>
  );
}

/** How this step was left: the next one says what led to it. */
function Left({ path, index }: { path: Simulated; index: number }) {
  const { t } = useTranslation();
  const detail = path.steps[index + 1]?.detail ?? "";
  return detail === "" ? null : <small>{choiceWords(t, detail)}</small>;
}

function End({ path }: { path: Simulated }) {
  const { t } = useTranslation();
  const words = useQuery(flowWordsQuery);
  const after = clock(path.took_s);
  if (path.outcome === "connected") return t("flows.sim.end.connected", { queue: words.data?.queues[path.queue_id] ?? path.queue_id, priority: path.priority, after });
  if (path.outcome === "hung_up" && path.cause === "") return t("flows.sim.end.left", { after });
  return t(`flows.sim.end.${path.outcome}`, { after });
}

function Coverage({ runs, work }: { runs: readonly Run[]; work: FlowWork }) {
  const { t } = useTranslation();
  const { taken, missing } = coverageOf(runs);
  const ways = taken + missing.length;
  if (ways === 0) return null;
  const lines = runs.at(-1)?.path.lines ?? {};
  return (
    <footer className={classes.coverage}>
      <span>
        <b>{t("flows.sim.coverage")}</b> {t("flows.sim.ways", { taken, ways, count: runs.length })}
      </span>
      <progress value={taken} max={ways} aria-label={t("flows.sim.coverage")} />
      {missing.length > 0 && (
        <details>
          <summary>{t("flows.sim.neverTaken", { count: missing.length })}</summary>
          <ul>
            {missing.map((way) => (
              <li key={`${way.step} ${way.to}`}>
                <button type="button" onClick={() => work.editor.current?.show(lines[way.step] ?? 1)}>
                  {way.step} → {way.to}
                </button>
                <small>{way.label}</small>
              </li>
            ))}
          </ul>
        </details>
      )}
    </footer>
  );
}
