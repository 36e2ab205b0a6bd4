/** What is drawn over a flow's text: problems at their place with what was meant, and the steps of the simulated call. */
import { EditorState, RangeSet, StateEffect, StateField, type Extension, type Text } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, WidgetType, gutter, type DecorationSet } from "@codemirror/view";

import type { FlowProblem } from "../../api/flows";

/** A problem with its sentence in the reader's language. */
export interface ToldProblem extends FlowProblem {
  words: string;
  /** «Use queue_orders»; empty: nothing is offered. */
  mend: string;
}

export interface Span {
  from: number;
  to: number;
}

export const setProblems = StateEffect.define<readonly ToldProblem[]>();
/** Line of a step → the places it has in the simulated call. */
export const setPath = StateEffect.define<ReadonlyMap<number, readonly number[]>>();

/** Columns of the server count characters; the editor counts UTF-16. A problem over several lines marks its first one. */
export function spanOf(document: Text, problem: FlowProblem): Span {
  const line = document.line(Math.min(Math.max(1, problem.line), document.lines));
  const signs = Array.from(line.text);
  const from = line.from + signs.slice(0, problem.column - 1).join("").length;
  const length = problem.length > 0 ? signs.slice(problem.column - 1, problem.column - 1 + problem.length).join("").length : line.to - from;
  return { from: Math.min(from, line.to), to: Math.min(from + length, line.to) };
}

/** Puts what was meant in the place of what stands there. */
export function mend(view: EditorView, problem: FlowProblem): void {
  const { from, to } = spanOf(view.state.doc, problem);
  const insert = problem.params.instead;
  if (insert === undefined) return;
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true });
  view.focus();
}

class Told extends WidgetType {
  private readonly problem: ToldProblem;

  constructor(problem: ToldProblem) {
    super();
    this.problem = problem;
  }

  override eq(other: Told): boolean {
    return other.problem.words === this.problem.words && other.problem.mend === this.problem.mend;
  }

  override toDOM(view: EditorView): HTMLElement {
    const root = document.createElement("span");
    root.className = "pb-told";
    root.dataset.severity = this.problem.severity;
    root.append(this.problem.words);
    if (this.problem.mend !== "") root.append(this.button(view));
    return root;
  }

  private button(view: EditorView): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1;
    button.textContent = this.problem.mend;
    button.addEventListener("mousedown", (event) => {
      event.preventDefault();
      mend(view, this.problem);
    });
    return button;
  }
}

interface Problems {
  list: readonly ToldProblem[];
  drawn: DecorationSet;
}

export const problemField = StateField.define<Problems>({
  create: () => ({ list: [], drawn: Decoration.none }),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setProblems)) return { list: effect.value, drawn: draw(transaction.state, effect.value) };
    return transaction.docChanged ? { list: value.list, drawn: value.drawn.map(transaction.changes) } : value;
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.drawn),
});

function draw(state: EditorState, problems: readonly ToldProblem[]): DecorationSet {
  const ranges = problems.flatMap((problem) => {
    const { from, to } = spanOf(state.doc, problem);
    const line = state.doc.lineAt(from);
    const wave = to > from ? [Decoration.mark({ class: "pb-wave", attributes: { "data-severity": problem.severity } }).range(from, to)] : [];
    return [
      Decoration.line({ class: "pb-wrong", attributes: { "data-severity": problem.severity } }).range(line.from),
      ...wave,
      Decoration.widget({ widget: new Told(problem), side: 1 }).range(line.to),
    ];
  });
  return Decoration.set(ranges, true);
}

class StepMark extends GutterMarker {
  private readonly places: string;

  constructor(places: string) {
    super();
    this.places = places;
  }

  override eq(other: StepMark): boolean {
    return other.places === this.places;
  }

  override toDOM(): Node {
    const mark = document.createElement("span");
    mark.className = "pb-step";
    mark.textContent = this.places;
    return mark;
  }
}

const pathField = StateField.define<ReadonlyMap<number, readonly number[]>>({
  create: () => new Map(),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setPath)) return effect.value;
    return transaction.docChanged ? new Map() : value;
  },
});

const taken = Decoration.line({ class: "pb-taken" });

/** The lines of a step: from its name to the next line that is not deeper. */
function drawPath(state: EditorState): DecorationSet {
  const ranges = [...state.field(pathField).keys()].flatMap((first) => {
    const lines = [];
    for (let number = first; number <= state.doc.lines; number += 1) {
      const line = state.doc.line(number);
      if (number > first && /^ {0,2}\S/.test(line.text)) break;
      if (line.text.trim() !== "") lines.push(taken.range(line.from));
    }
    return lines;
  });
  return Decoration.set(ranges, true);
}

export const marks: Extension = [
  problemField,
  pathField,
  EditorView.decorations.compute([pathField, "doc"], drawPath),
  gutter({
    class: "pb-steps",
    markers: (view) => {
      const { doc } = view.state;
      const found = [...view.state.field(pathField)].filter(([line]) => line <= doc.lines);
      return RangeSet.of(
        found.map(([line, places]) => new StepMark(places.join(",")).range(doc.line(line).from)),
        true,
      );
    },
    lineMarkerChange: (update) => update.startState.field(pathField) !== update.state.field(pathField),
  }),
];
