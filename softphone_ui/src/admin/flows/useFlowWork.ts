/** The work on one flow: the text as it is typed, kept as my draft, checked, walked by the simulator. */
import { useDebouncedCallback, useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { flowCheckQuery, flowQuery, saveDraft, type FlowDetail, type Simulated } from "../../api/flows";
import type { FlowTextHandle } from "./FlowText";
import type { ToldProblem } from "./marks";
import { told } from "./problems";

const SAVE_AFTER_MS = 1200;
const CHECK_AFTER_MS = 350;

export type Keeping = "published" | "unsaved" | "saving" | "saved" | "failed";

export interface FlowWork {
  text: string;
  /** What the editor begins with. */
  initial: string;
  change: (text: string) => void;
  /** Nothing is different from what is live. */
  same: boolean;
  keeping: Keeping;
  save: () => void;
  problems: readonly ToldProblem[];
  errors: number;
  /** The problems are those of the text on the screen. */
  checked: boolean;
  languages: readonly string[];
  editor: RefObject<FlowTextHandle | null>;
  /** The last simulated call, as long as the text is the one that was walked. */
  walked: Simulated | null;
  setWalked: (walked: Simulated | null) => void;
  path: ReadonlyMap<number, readonly number[]>;
  /** Runs the simulated call again; the simulator says how. */
  run: () => void;
  runWith: (run: () => void) => void;
}

export function useFlowWork(flow: FlowDetail): FlowWork {
  const { t } = useTranslation();
  const [initial] = useState(flow.draft?.text ?? flow.text);
  const [text, setText] = useState(initial);
  const [walkedText, setWalkedText] = useState<{ text: string; path: Simulated } | null>(null);
  const editor = useRef<FlowTextHandle | null>(null);
  const runner = useRef<() => void>(() => undefined);
  const run = useCallback(() => runner.current(), []);
  const runWith = useCallback((next: () => void) => {
    runner.current = next;
  }, []);
  const [settled] = useDebouncedValue(text, CHECK_AFTER_MS);
  const examined = useQuery({ ...flowCheckQuery(flow.flow_id, settled), placeholderData: keepPreviousData });
  const problems = useMemo(() => (examined.data?.problems ?? []).map((problem) => told(t, problem)), [examined.data, t]);
  const { keeping, change, save } = useKept(flow, text, setText);
  const walked = walkedText !== null && walkedText.text === text ? walkedText.path : null;
  const path = useMemo(() => stepsOnLines(walked), [walked]);
  const setWalked = useCallback((found: Simulated | null) => setWalkedText(found === null ? null : { text, path: found }), [text]);
  return {
    text,
    initial,
    change,
    same: text === flow.text,
    keeping,
    save,
    problems,
    errors: problems.filter((problem) => problem.severity === "error").length,
    checked: settled === text && examined.isSuccess && !examined.isPlaceholderData,
    languages: examined.data?.languages ?? [],
    editor,
    walked,
    setWalked,
    path,
    run,
    runWith,
  };
}

/** The text is kept as my draft a moment after the last key, and when the page is left. */
function useKept(flow: FlowDetail, text: string, setText: (text: string) => void): Pick<FlowWork, "keeping" | "change" | "save"> {
  const queries = useQueryClient();
  const base = flow.published?.version ?? 0;
  const [kept, setKept] = useState(flow.draft?.text ?? flow.text);
  const { mutate, isPending, isError } = useMutation({
    mutationFn: (wanted: string) => saveDraft(flow.flow_id, wanted, base),
    meta: { silent: true },
    onSuccess: (_info, wanted) => {
      setKept(wanted);
      void queries.invalidateQueries({ queryKey: flowQuery(flow.flow_id).queryKey, exact: true });
    },
  });
  const now = useRef({ text, kept, published: flow.text });
  useEffect(() => {
    now.current = { text, kept, published: flow.text };
  });
  const save = useCallback(() => {
    if (now.current.text !== now.current.kept) mutate(now.current.text);
  }, [mutate]);
  const soon = useDebouncedCallback(save, { delay: SAVE_AFTER_MS, flushOnUnmount: true });
  const change = useCallback(
    (next: string) => {
      setText(next);
      soon();
    },
    [setText, soon],
  );
  const published = flow.draft === null && text === flow.text;
  const keeping: Keeping = isPending ? "saving" : published ? "published" : text === kept ? "saved" : isError ? "failed" : "unsaved";
  return { keeping, change, save };
}

/** Line of each step → its places in the call, from 1. */
function stepsOnLines(walked: Simulated | null): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const [index, { step }] of (walked?.steps ?? []).entries()) {
    const line = walked?.lines[step];
    if (line !== undefined) found.set(line, [...(found.get(line) ?? []), index + 1]);
  }
  return found;
}
