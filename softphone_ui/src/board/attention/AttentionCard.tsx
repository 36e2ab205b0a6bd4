import { useEffect, useMemo, useRef, useState, type FocusEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Entry } from "../../api/live";
import { clock, timeOfDay } from "../../format/time";
import { useLocale } from "../../i18n";
import { useLive } from "../../live/LiveProvider";
import { attentionInOrder } from "../../live/selectors";
import { useNow } from "../../live/useNow";
import card from "../Board.module.css";
import classes from "./Attention.module.css";
import { ClearedToday } from "./ClearedToday";
import { EntryRow } from "./EntryRow";
import { neighbour, steady } from "./steady";
import { checkedWords, unknownWords } from "./words";
import { useNames } from "./useNames";
import { NotShown } from "./NotShown";

/** Nobody has looked for so long: what stands here may be old. */
const SILENT_S = 12;
const SEVERITIES = ["red", "amber", "grey"] as const;

/** What needs a supervisor: each entry with what, since when, why, what happens by itself, and one thing to do. */
export function AttentionCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.attention);
  const standing = useMemo(() => attentionInOrder(all), [all]);
  const { entries, hold } = useSteady(standing);
  const list = useRef<HTMLUListElement>(null);
  useAltArrows(list, entries);
  const count = (severity: Entry["severity"]): number => standing.filter((entry) => entry.severity === severity).length;
  return (
    <section className={`${card.card ?? ""} ${classes.card ?? ""}`} aria-label={t("attention.title")}>
      <header className={classes.head}>
        <h2>
          {t("attention.title")} {standing.length > 0 && <span>{standing.length}</span>}
        </h2>
        {standing.length > 0 && <small>{t("attention.count", Object.fromEntries(SEVERITIES.map((severity) => [severity, count(severity)])))}</small>}
      </header>
      <div className={classes.scroll} {...hold}>
        <NotKnown />
        <NotShown />
        <ul ref={list} className={classes.list} aria-live="polite">
          {entries.map((entry) => (
            <EntryRow key={entry.entry_id} entry={entry} />
          ))}
        </ul>
        {entries.length === 0 && <AllClear />}
        <ClearedToday />
      </div>
    </section>
  );
}

/** The list as it is, or as it was when pointer or focus came into it. */
function useSteady(standing: readonly Entry[]) {
  const cleared = useLive((state) => state.cleared);
  const [held, setHeld] = useState<readonly Entry[] | null>(null);
  const inside = useRef({ pointer: false, focus: false });
  const settle = (change: Partial<{ pointer: boolean; focus: boolean }>): void => {
    Object.assign(inside.current, change);
    const now = inside.current.pointer || inside.current.focus;
    setHeld((before) => (now ? (before ?? standing) : null));
  };
  const hold = {
    onPointerEnter: () => settle({ pointer: true }),
    onPointerLeave: () => settle({ pointer: false }),
    onFocus: () => settle({ focus: true }),
    onBlur: (event: FocusEvent) => settle({ focus: event.currentTarget.contains(event.relatedTarget) }),
  };
  return { entries: held === null ? standing : steady(held, standing, cleared), hold };
}

/** Alt and an arrow: the next or previous entry, from anywhere on the board. */
function useAltArrows(list: { current: HTMLUListElement | null }, entries: readonly Entry[]): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (!event.altKey || event.ctrlKey || event.metaKey || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
      const current = document.activeElement?.closest<HTMLElement>("[data-entry]")?.dataset.entry ?? null;
      const next = neighbour(entries, current, event.key === "ArrowDown" ? 1 : -1);
      if (next === undefined) return;
      event.preventDefault();
      list.current?.querySelector<HTMLElement>(`[data-entry="${CSS.escape(next.entry_id)}"]`)?.focus();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [list, entries]);
}

/** What could not be looked at: while there is such, nothing is clear. */
function NotKnown() {
  const { t } = useTranslation();
  const names = useNames();
  const checked = useLive((state) => state.checked);
  const lines = useNow((now) => {
    if (checked === null) return "";
    if (now - checked.at > SILENT_S) return t("attention.notChecked", { clock: clock(now - checked.at) });
    return checked.unknown.map((unknown) => unknownWords(t, unknown, names, now)).join("\n");
  });
  if (lines === "") return null;
  return (
    <ul className={classes.list}>
      {lines.split("\n").map((line) => (
        <li key={line.replace(/[\d:]+/g, "")} className={classes.entry} data-severity="amber">
          <b className={classes.what}>{line}</b>
        </li>
      ))}
    </ul>
  );
}

/** Only when all was looked at, and just now. */
function AllClear() {
  const { t } = useTranslation();
  const locale = useLocale();
  const checked = useLive((state) => state.checked);
  const silent = useNow((now) => checked === null || now - checked.at > SILENT_S);
  if (checked === null) return <div className={classes.clear}>{t("attention.notYet")}</div>;
  if (silent || checked.unknown.length > 0) return <div className={classes.clear}>{t("attention.nothingElse")}</div>;
  return <div className={classes.clear}>{t("attention.clear", { time: timeOfDay(checked.at, locale), what: checkedWords(t, checked) })}</div>;
}
