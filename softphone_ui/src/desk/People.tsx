import { IconMusic, IconPhoneCalling, IconPlugConnectedX, IconUser } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useCallback, useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { TFunction } from "i18next";

import { endConsultation, handOver, hangUpCall, talkWith } from "../api/actions";
import type { Call, Party } from "../api/live";
import { KeyButton } from "../common/KeyButton";
import { useShortcuts } from "../common/useShortcuts";
import { initials } from "../format/numbers";
import { useLive } from "../live/LiveProvider";
import type { Part } from "../live/selectors";
import { useRunning } from "../live/useRunning";
import { agentName, bothOf, hasColleague, hearsOf, inVain, peopleIn, type Hears } from "./party";
import classes from "./People.module.css";

interface Props {
  call: Call;
  agentId: string | null;
  part: Part;
  /** Hanging up with a colleague in the call asks first. */
  endsAll: boolean;
  stay: () => void;
}

/** Who is in the call besides, who hears whom, and what can be done; also why a colleague did not come, until something else is done. */
export function People({ call, agentId, part, endsAll, stay }: Props) {
  const { t } = useTranslation();
  const queue = useLive((state) => (call.asked === null ? undefined : state.queues[call.asked.queue_id]?.name)) ?? "";
  const people = peopleIn(call);
  const end = call.consultation_end;
  const customer = call.customer_name || t("desk.unknownCaller");
  const nameOf = (party: Party): string => {
    if (party.role === "customer") return customer;
    if (party.agent_id === null) return t("party.someone", { queue });
    return party.agent_id === agentId ? t("party.you") : agentName(call, party.agent_id) || t("party.colleague");
  };
  const words = (party: Party): string => hearsWords(t, hearsOf(people, party), party, (id) => nameOf(call.parties.find((each) => each.party_id === id) ?? party));
  const rows = [people.customer, people.agent, people.colleague].filter((each) => each !== undefined && (each.agent_id === null || each.agent_id !== agentId)) as Party[];
  return (
    <section className={classes.people} aria-label={t("party.title")}>
      <header className={classes.head}>
        <h3>{t("party.title")}</h3>
        {part === "colleague" ? null : endsAll ? <EndHow call={call} stay={stay} /> : people.colleague && <Actions call={call} />}
      </header>
      {rows.map((party) => (
        <Row key={party.party_id} party={party} name={nameOf(party)} words={words(party)} hears={hearsOf(people, party)} />
      ))}
      {end !== null && people.colleague === undefined && part === "agent" && (
        <p className={classes.inVain} role="status">
          {t(`party.inVain.${inVain(end)}`, { name: agentName(call, end.agent_id) || t("party.colleague") })}
          {call.state === "held" && ` ${t("party.stillHeld", { customer })}`}
        </p>
      )}
      {part === "colleague" && call.asked !== null && <Wish call={call} />}
    </section>
  );
}

/** Whether there is anything to show besides the caller. */
export function hasPeople(call: Call, part: Part): boolean {
  return part === "colleague" || (part === "agent" && (peopleIn(call).colleague !== undefined || call.consultation_end !== null));
}

/** What a colleague wanted, for whoever it was wanted of. */
export function Wish({ call }: { call: Call }) {
  const { t } = useTranslation();
  if (call.asked === null) return null;
  const name = agentName(call, call.asked.agent_id) || t("party.colleague");
  return (
    <p className={classes.wish}>
      <b>{call.asked.purpose === "transfer" ? t("party.handedOn", { name }) : t("party.asksYou", { name })}</b> {call.asked.note || <span className={classes.soft}>{t("party.noNote")}</span>}
    </p>
  );
}

function hearsWords(t: TFunction, hears: Hears, party: Party, nameOf: (id: string) => string): string {
  if (hears.what === "people") return t("party.hears.people", { names: hears.ids.map(nameOf).reduce((first, second) => t("party.and", { first, second })) });
  return hears.what === "ringing" && party.agent_id === null ? t("party.hears.asking") : t(`party.hears.${hears.what}`);
}

const SYMBOLS = { people: IconUser, music: IconMusic, ringing: IconPhoneCalling, away: IconPlugConnectedX, nobody: IconUser };

function Row({ party, name, words, hears }: { party: Party; name: string; words: string; hears: Hears }) {
  const { t } = useTranslation();
  const since = useRunning(party.since);
  const Symbol = SYMBOLS[hears.what];
  return (
    <div className={classes.row}>
      <span className={classes.avatar} aria-hidden="true">
        {initials(name)}
      </span>
      <span className={classes.who}>
        <b>{name}</b>
        <small>{t(party.role === "customer" ? "party.customer" : party.role === "agent" ? "party.hasCall" : "party.colleague")}</small>
      </span>
      <span className={classes.state} data-hears={hears.what}>
        <Symbol size={16} stroke={1.6} aria-hidden="true" />
        <span role="status">{words}</span>
        <span className={classes.clock}>{since}</span>
      </span>
    </div>
  );
}

/** What the agent of the call can do with a colleague in it; each has its place, whatever the two do. */
function Actions({ call }: { call: Call }) {
  const { t } = useTranslation();
  const people = peopleIn(call);
  const here = hasColleague(people);
  const both = bothOf(people);
  const { join, leave, end } = useColleagueActions(call);
  const joinAll = useCallback(() => both !== null && !join.isPending && join.mutate(both), [both, join]);
  const leaveIt = useCallback(() => !leave.isPending && leave.mutate(), [leave]);
  useShortcuts(useMemo(() => ({ j: joinAll, "shift+t": leaveIt }), [joinAll, leaveIt]));
  return (
    <span className={classes.actions}>
      <KeyButton label={t("party.both")} shortcut="J" onClick={joinAll} disabled={both === null} reason={t(here ? "party.allTalk" : "party.notHere")} pressed={here && both === null} />
      <KeyButton label={t("party.handOver")} shortcut="⇧T" onClick={leaveIt} disabled={leave.isPending} />
      <PlainButton label={here ? t("party.end") : t("party.cancel")} run={() => end.mutate()} busy={end.isPending} />
    </span>
  );
}

/** In place of what can be done: nobody hangs up on two people by mistake. */
function EndHow({ call, stay }: { call: Call; stay: () => void }) {
  const { t } = useTranslation();
  const { leave } = useColleagueActions(call);
  const all = useMutation({ mutationFn: () => hangUpCall(call.call_id) });
  const leaveIt = useCallback(() => !leave.isPending && leave.mutate(), [leave]);
  useShortcuts(useMemo(() => ({ "shift+t": leaveIt }), [leaveIt]));
  return (
    <span className={classes.actions} role="group" aria-label={t("party.endHow")} onKeyDown={(event) => event.key === "Escape" && stay()}>
      <KeyButton label={t("party.handOver")} shortcut="⇧T" autoFocus onClick={leaveIt} disabled={leave.isPending} />
      <PlainButton label={t("party.endAll")} danger run={() => all.mutate()} busy={all.isPending} />
      <PlainButton label={t("party.stay")} run={stay} />
    </span>
  );
}

function useColleagueActions(call: Call) {
  const join = useMutation({ mutationFn: (parties: readonly string[]) => talkWith(call.call_id, parties) });
  const leave = useMutation({ mutationFn: () => handOver(call.call_id) });
  const end = useMutation({ mutationFn: () => endConsultation(call.call_id) });
  return { join, leave, end };
}

function PlainButton({ label, run, busy = false, danger = false }: { label: string; run: () => void; busy?: boolean; danger?: boolean }): ReactNode {
  return (
    <button type="button" className={classes.plain} data-danger={danger || undefined} aria-disabled={busy || undefined} onClick={() => !busy && run()}>
      {label}
    </button>
  );
}
