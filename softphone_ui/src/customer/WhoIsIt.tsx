import { Button, TextInput } from "@mantine/core";
import { IconBuilding, IconSearch, IconUserPlus, IconUserQuestion } from "@tabler/icons-react";
import { useMutation, useQuery, keepPreviousData } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { fileConversation } from "../api/actions";
import type { Pop } from "../api/live";
import { searchQuery } from "../api/queries";
import { useShortcuts } from "../common/useShortcuts";
import { recordedWords } from "../common/recorded";
import { near } from "../format/time";
import { useLocale } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { useNow } from "../live/useNow";
import classes from "./Who.module.css";
import { heardCandidate } from "./heard";
import { sureWords } from "./popWords";

const SHOWN = 5;
const SEARCH_KEY = "6";
type Mode = "ask" | "new" | "search";
type Candidate = Pop["candidates"][number];

/** The customer column asks until it knows: the same place in the ring and in the call. A heard name offers its key, nothing chooses by itself. */
export function WhoIsIt({ pop }: { pop: Pop }) {
  const { t } = useTranslation();
  const [mode, setMode] = useState<Mode>("ask");
  const { mutate, isPending } = useMutation({ mutationFn: (whose: Parameters<typeof fileConversation>[1]) => fileConversation(pop.interaction_id, whose) });
  const candidates = pop.candidates.slice(0, SHOWN);
  const segments = useLive((state) => state.segments[pop.call_id]);
  const heard = useMemo(
    () => heardCandidate(pop.candidates, (segments ?? []).filter((each) => each.speaker === "customer").map((each) => each.text)),
    [pop.candidates, segments],
  );
  useShortcuts(
    useMemo(() => {
      const choices = Object.fromEntries(pop.candidates.slice(0, SHOWN).map((each, place) => [String(place + 1), () => mutate({ customer_id: each.customer_id })]));
      return isPending ? {} : { ...choices, "0": () => setMode("new"), [SEARCH_KEY]: () => setMode("search") };
    }, [pop.candidates, mutate, isPending]),
  );
  const more = Math.max(Number(pop.customer.certainty_params.count ?? 0) - candidates.length, 0);
  const title = pop.customer.phones[0] ?? pop.customer.emails[0] ?? t("who.withheld");
  return (
    <section className={classes.who} aria-label={t("who.title")}>
      <div className={classes.id}>
        <span className={classes.badge} aria-hidden="true">
          {candidates.length > 0 ? <IconBuilding size={20} /> : <IconUserQuestion size={20} />}
        </span>
        <div>
          <h2>{pop.customer.name || title}</h2>
          <div className={classes.soon}>{sureWords(t, pop.customer) || t(`customer.${pop.customer.certainty}`)}</div>
          {pop.customer.name !== "" && <div className={classes.soft}>{title}</div>}
        </div>
      </div>
      <div className={classes.ask}>
        <h3>{t("who.title")}</h3>
        {candidates.length > 0 && <span className={classes.soft}>{t("who.press", { last: candidates.length })}</span>}
      </div>
      <ul className={classes.candidates}>
        {candidates.map((each, place) => (
          <li key={each.customer_id}>
            <Choice candidate={each} number={place + 1} heard={heard?.customer_id === each.customer_id} busy={isPending} choose={() => mutate({ customer_id: each.customer_id })} />
          </li>
        ))}
      </ul>
      {mode === "search" ? (
        <SearchPeople choose={(id) => mutate({ customer_id: id })} back={() => setMode("ask")} />
      ) : (
        <Other label={more > 0 ? t("who.someoneElse", { more }) : t("who.search")} shortcut={SEARCH_KEY} icon={<IconSearch size={16} />} run={() => setMode("search")} />
      )}
      {mode === "new" ? (
        <NewPerson first={pop.customer.name} busy={isPending} save={(name) => mutate({ new: { name } })} back={() => setMode("ask")} />
      ) : (
        <Other label={t("who.new")} shortcut="0" icon={<IconUserPlus size={16} />} run={() => setMode("new")} />
      )}
      <p className={classes.safe}>{t("who.safe")}</p>
    </section>
  );
}

function Choice({ candidate, number, heard, busy, choose }: { candidate: Candidate; number: number; heard: boolean; busy: boolean; choose: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const last = candidate.last_contact;
  const when = useNow((now) => (last === null ? "" : near(last, now, locale)));
  return (
    <button type="button" className={classes.choice} data-heard={heard || undefined} aria-keyshortcuts={String(number)} disabled={busy} onClick={choose}>
      <kbd>{number}</kbd>
      <b>{candidate.name}</b>
      <time>{when}</time>
      <small>
        {recordedWords(t, candidate.last_title)}
        {heard && <span className={classes.heard}> · {t("who.heard")}</span>}
      </small>
    </button>
  );
}

function Other({ label, shortcut, icon, run }: { label: string; shortcut: string; icon: React.ReactNode; run: () => void }) {
  return (
    <button type="button" className={classes.other} aria-keyshortcuts={shortcut} onClick={run}>
      {icon}
      <span>{label}</span>
      <kbd>{shortcut}</kbd>
    </button>
  );
}

function NewPerson({ first, busy, save, back }: { first: string; busy: boolean; save: (name: string) => void; back: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(first);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (name.trim() !== "") save(name.trim());
  };
  return (
    <form className={classes.form} onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && back()}>
      <TextInput autoFocus size="sm" label={t("who.name")} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Button type="submit" size="sm" loading={busy} disabled={name.trim() === ""}>
        {t("who.save")}
      </Button>
    </form>
  );
}

function SearchPeople({ choose, back }: { choose: (customerId: string) => void; back: () => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const [settled] = useDebouncedValue(query, 150);
  const found = useQuery({ ...searchQuery(settled, ["people"]), placeholderData: keepPreviousData });
  const people = query.trim() === "" ? [] : (found.data?.groups[0]?.items ?? []);
  const first = people[0]?.customer_id ?? null;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (first !== null && settled === query) choose(first);
  };
  return (
    <form className={classes.search} onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && back()}>
      <TextInput autoFocus size="sm" label={t("who.search")} leftSection={<IconSearch size={16} />} value={query} onChange={(event) => setQuery(event.currentTarget.value)} />
      <ul className={classes.candidates}>
        {people.map((hit) => (
          <li key={hit.id}>
            <button type="button" className={classes.choice} onClick={() => hit.customer_id !== null && choose(hit.customer_id)}>
              <span />
              <b>{hit.title}</b>
              <span />
              <small>{hit.text}</small>
            </button>
          </li>
        ))}
      </ul>
      {query.trim() !== "" && people.length === 0 && <p className={classes.safe}>{found.isFetching ? t("app.loading") : t("search.nothing")}</p>}
    </form>
  );
}
