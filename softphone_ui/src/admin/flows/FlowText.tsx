import { acceptCompletion, autocompletion, completionKeymap, startCompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import { useTranslation } from "react-i18next";

import type { FlowWords } from "../../api/flows";
import { complete } from "./completion";
import classes from "./Flows.module.css";
import { marks, mend, problemField, setPath, setProblems, spanOf, type ToldProblem } from "./marks";

/** What is done with the text from outside it. */
export interface FlowTextHandle {
  show: (line: number, column?: number) => void;
  find: () => void;
  complete: () => void;
  mend: (problem: ToldProblem) => void;
  /** Puts another text in, as one step that can be undone. */
  replace: (text: string) => void;
}

interface Props {
  handle: Ref<FlowTextHandle>;
  text: string;
  words: FlowWords | undefined;
  problems: readonly ToldProblem[];
  path: ReadonlyMap<number, readonly number[]>;
  change: (text: string) => void;
  run: () => void;
}

/** The editor. It owns the text while it is open; `text` is what it begins with. */
export function FlowText({ handle, text, words, problems, path, change, run }: Props) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const now = useRef({ words, change, run });
  useEffect(() => {
    now.current = { words, change, run };
  });

  useEffect(() => {
    if (place.current === null) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          behaviour(() => now.current.run()),
          autocompletion({ override: [(context) => offered(context, now.current.words)], icons: false, activateOnTyping: true }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) now.current.change(update.state.doc.toString());
          }),
          EditorView.contentAttributes.of({ "aria-label": t("flows.text"), spellcheck: "false", autocorrect: "off", autocapitalize: "off" }),
          EditorState.phrases.of(phrases((key) => t(key))),
        ],
      }),
    });
    editor.current = view;
    return () => view.destroy();
    // What it begins with counts once: the editor owns the text from then on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => editor.current?.dispatch({ effects: setProblems.of(problems) }), [problems]);
  useEffect(() => editor.current?.dispatch({ effects: setPath.of(path) }), [path]);
  useImperativeHandle(handle, () => actions(() => editor.current));
  return <div ref={place} className={classes.editor} />;
}

function actions(view: () => EditorView | null): FlowTextHandle {
  const on = (act: (view: EditorView) => void) => (): void => {
    const open = view();
    if (open !== null) act(open);
  };
  return {
    show: (line, column = 1) => on((open) => show(open, spanOf(open.state.doc, { line, column, length: 0, severity: "error", sentence: "", code: "", params: {} }).from))(),
    find: on((open) => openSearchPanel(open)),
    complete: on((open) => {
      open.focus();
      startCompletion(open);
    }),
    mend: (problem) => on((open) => mend(open, problem))(),
    replace: (text) => on((open) => open.dispatch({ changes: { from: 0, to: open.state.doc.length, insert: text } }))(),
  };
}

function show(view: EditorView, offset: number): void {
  view.dispatch({ selection: { anchor: offset }, effects: EditorView.scrollIntoView(offset, { y: "center" }) });
  view.focus();
}

/** After the cursor's line, and then from the top again. */
function nextProblem(view: EditorView): boolean {
  const { list } = view.state.field(problemField);
  const after = view.state.selection.main.head;
  const places = list.map((problem) => spanOf(view.state.doc, problem).from).sort((one, other) => one - other);
  const next = places.find((offset) => offset > after) ?? places[0];
  if (next === undefined) return false;
  show(view, next);
  return true;
}

/** What is offered for the line with the cursor. */
function mendHere(view: EditorView): boolean {
  const line = view.state.doc.lineAt(view.state.selection.main.head).number;
  const problem = view.state.field(problemField).list.find((one) => one.line === line && one.mend !== "");
  if (problem === undefined) return false;
  mend(view, problem);
  return true;
}

function offered(context: CompletionContext, words: FlowWords | undefined): CompletionResult | null {
  if (words === undefined) return null;
  const found = complete(context.state.doc.toString(), context.pos, words);
  if (found === null || (!context.explicit && found.from === context.pos)) return null;
  return {
    from: found.from,
    options: found.options.map((option) => ({
      label: option.text.trim(),
      apply: option.text,
      detail: option.detail,
      type: option.kind,
      boost: option.needed ? 1 : 0,
    })),
    validFor: /^[\w./-]*$/,
  };
}

/** The search panel's words; those of the library are its keys. */
function phrases(t: (key: `flows.search.${"find" | "replace" | "next" | "previous" | "all" | "matchCase" | "regexp" | "byWord" | "replaceOne" | "replaceAll" | "close"}`) => string): Record<string, string> {
  return {
    Find: t("flows.search.find"),
    Replace: t("flows.search.replace"),
    next: t("flows.search.next"),
    previous: t("flows.search.previous"),
    all: t("flows.search.all"),
    "match case": t("flows.search.matchCase"),
    regexp: t("flows.search.regexp"),
    "by word": t("flows.search.byWord"),
    replace: t("flows.search.replaceOne"),
    "replace all": t("flows.search.replaceAll"),
    close: t("flows.search.close"),
  };
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--pb-accent)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--pb-faint)" },
  { tag: [tags.separator, tags.punctuation, tags.bracket, tags.brace, tags.squareBracket], color: "var(--pb-soft)" },
]);

function behaviour(run: () => void): Extension {
  return [
    lineNumbers(),
    marks,
    history(),
    drawSelection(),
    EditorView.lineWrapping,
    highlightActiveLine(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of("  "),
    yaml(),
    syntaxHighlighting(colours),
    search({ top: true }),
    keymap.of([
      {
        key: "Mod-Enter",
        run: () => {
          run();
          return true;
        },
      },
      { key: "Mod-.", run: mendHere },
      { key: "Alt-ArrowDown", run: nextProblem },
      { key: "Tab", run: acceptCompletion },
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
  ];
}
