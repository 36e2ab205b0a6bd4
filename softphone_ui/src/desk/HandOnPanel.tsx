import { SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowForwardUp, IconPhoneCalling, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { consult, transferCall } from "../api/actions";
import type { Call, ColleagueList } from "../api/live";
import { useLive } from "../live/LiveProvider";
import { colleaguesQuery } from "./colleagues";
import { besides, chosenOf, keyOf, nameOf, targetsOf, willOf, type Target, type Way } from "./handOn";
import { HandOnResults, optionId } from "./HandOnResults";
import classes from "./HandOn.module.css";
import { kept } from "./keptDraft";

const SETTLES_MS = 150;
const LONGEST_NOTE = 1000;
const NOBODY: ColleagueList = { agents: [], agents_found: 0, queues: [], queues_found: 0 };

interface Props {
  call: Call;
  way: Way;
  choose: (way: Way) => void;
  close: () => void;
}

/** Whom to ask or to hand the call to. It lies over the customer's history; talk, notes and controls stay free. */
export function HandOnPanel({ call, way, choose, close }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [query, setQuery] = useState("");
  const [picked, setPicked] = useState<string | null>(null);
  const [firstOf, setFirstOf] = useState<string | null>(null);
  const [note, setNote] = useState(() => (kept(sessionStorage, call.work_id ?? call.call_id)?.summary ?? "").slice(0, LONGEST_NOTE));
  const [settled] = useDebouncedValue(query, SETTLES_MS);
  const { data: found, isPlaceholderData } = useQuery({ ...colleaguesQuery(settled), placeholderData: keepPreviousData });
  const targets = targetsOf(found ?? NOBODY);
  // What is shown may still be of other words: whoever is on top there was not meant.
  const answered = found !== undefined && !isPlaceholderData && settled === query;
  if (answered && firstOf !== query) {
    setFirstOf(query);
    setPicked(nameless(targets[0]));
  }
  const target = chosenOf(targets, picked);
  const customer = call.customer_name || t("desk.unknownCaller");
  const queue = useLive((state) => (call.queue_id === null ? undefined : state.queues[call.queue_id]?.name)) ?? "";
  const will = target === undefined ? undefined : willOf(way, target, customer, queue);
  const { mutate, isPending } = useMutation({ mutationFn: (to: Target) => ask(call.call_id, way, to, note.trim()), onSuccess: close });
  const canAct = answered && will?.can === true && !isPending;
  const act = (): void => {
    if (target !== undefined && canAct) mutate(target);
  };
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const typed = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] as 1 | -1 | undefined;
    if (step !== undefined) setPicked((was) => nameless(besides(targets, chosenOf(targets, was), step)));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) act();
    else return;
    event.preventDefault();
  };
  const anywhere = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.nativeEvent.isComposing) close();
    else if (event.key === "/" && (event.ctrlKey || event.metaKey)) choose(way === "consult" ? "transfer" : "consult");
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) act();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section className={classes.panel} role="dialog" aria-labelledby={`${id}-title`} onKeyDown={anywhere}>
      <header className={classes.head}>
        <h2 id={`${id}-title`}>{t(`handOn.title.${way}`, { name: customer })}</h2>
        <button type="button" className={classes.close} onClick={close}>
          {t("handOn.close")} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </header>
      <div className={classes.field}>
        <TextInput
          ref={field}
          size="sm"
          aria-label={t("handOn.search")}
          placeholder={t("handOn.search")}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          maxLength={100}
          autoComplete="off"
          role="combobox"
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={`${id}-found`}
          aria-activedescendant={target === undefined ? undefined : optionId(id, target)}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setFirstOf(null);
          }}
          onKeyDown={typed}
        />
      </div>
      <HandOnResults id={id} found={found} chosen={target} pick={(to) => setPicked(keyOf(to))} />
      <div className={classes.how}>
        <SegmentedControl
          fullWidth
          aria-label={t("handOn.how")}
          value={way}
          onChange={choose}
          data={(["consult", "transfer"] as const).map((value) => ({ value, label: t(`handOn.ways.${value}`) }))}
        />
        <kbd className={classes.key} aria-hidden="true">
          Ctrl /
        </kbd>
      </div>
      <Textarea
        className={classes.note}
        size="sm"
        label={t("handOn.note", { name: target === undefined ? "…" : nameOf(target) })}
        rows={3}
        maxLength={LONGEST_NOTE}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <p className={classes.will} data-can={will?.can !== false} role="status">
        {will === undefined ? t(found !== undefined && targets.length === 0 ? "handOn.nothing" : "handOn.nobody") : will.can ? t(`handOn.will.${will.key}`, will.values) : t(`handOn.not.${will.key}`, will.values)}
      </p>
      <div className={classes.acts}>
        <button type="button" className={classes.go} aria-disabled={!canAct || undefined} onClick={act}>
          {way === "consult" ? <IconPhoneCalling size={16} stroke={1.6} aria-hidden="true" /> : <IconArrowForwardUp size={16} stroke={1.6} aria-hidden="true" />}
          <span>{t(`handOn.act.${way}`, { target: target === undefined ? "…" : nameOf(target) })}</span>
          <kbd aria-hidden="true">↵</kbd>
        </button>
      </div>
    </section>
  );
}

const nameless = (target: Target | undefined): string | null => (target === undefined ? null : keyOf(target));

function ask(callId: string, way: Way, target: Target, note: string): Promise<undefined> {
  const whom = target.kind === "agent" ? { agent_id: target.agent.agent_id } : { queue_id: target.queue.queue_id };
  return way === "consult" ? consult(callId, { ...whom, note }) : transferCall(callId, { ...whom, note });
}
