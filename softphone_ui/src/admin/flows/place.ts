/**
 * Where in a YAML text somebody is writing: the keys above the cursor, and whether a name or a value is being typed. Pure.
 *
 * A text that is being typed is seldom right, so nothing is parsed: indentation says what is inside what, and on the cursor's own
 * line brackets do. Collections in brackets over several lines, quoted keys and block texts (`|`) are not looked into.
 */

export interface Place {
  /** From the top: names of keys, `"*"` for an entry of a list. */
  path: readonly string[];
  what: "key" | "value";
  /** As far as it is typed; it begins at `from` (an offset in the text). */
  word: string;
  from: number;
  /** Keys that the same mapping has already. */
  siblings: ReadonlySet<string>;
}

export const ENTRY = "*";

export function placeAt(text: string, offset: number): Place {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const typed = text.slice(start, offset);
  const indent = indentOf(typed);
  const line = dashes(typed, indent);
  const above = text.slice(0, start).split("\n").slice(0, -1);
  const inLine = insideLine(typed, line.column);
  const path = [...parents(above, line.column, line.entries > 0 ? indent : null), ...Array.from({ length: line.entries }, () => ENTRY), ...inLine.path];
  const siblings = inLine.nested ? inLine.siblings : new Set([...neighbours(text, start, line.column), ...inLine.siblings]);
  return { path, what: inLine.what, word: inLine.word, from: offset - inLine.word.length, siblings };
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** After the `- ` of list entries: where the content stands, and how many entries begin here. */
function dashes(line: string, indent: number): { column: number; entries: number } {
  let [column, entries] = [indent, 0];
  while (line.startsWith("- ", column)) {
    entries += 1;
    column += 2;
    column += indentOf(line.slice(column));
  }
  return { column, entries };
}

/** The keys around something that stands at `column`; `dash` is where its own line's first dash is. */
function parents(above: readonly string[], column: number, dash: number | null): string[] {
  const path: string[] = [];
  let limit = dash ?? column;
  let entry = dash !== null;
  for (const line of [...above].reverse()) {
    if (limit === 0 && !entry) break;
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const indent = indentOf(line);
    const { column: content, entries } = dashes(line, indent);
    if (entries > 0) {
      // The same list goes on: its entries are no parents. Content deeper than the dash is inside this entry.
      if (entry && indent >= limit) continue;
      if (!entry && content < limit) path.unshift(keyOf(line.slice(content)));
      if (indent < limit) {
        path.unshift(ENTRY);
        [limit, entry] = [indent, true];
      }
      continue;
    }
    // YAML lets a list stand at the same column as its name.
    if (indent < limit || (entry && indent === limit)) {
      path.unshift(keyOf(line.trimStart()));
      [limit, entry] = [indent, false];
    }
  }
  return path.filter((key) => key !== "");
}

/** ``queue: x`` → ``queue``; empty for what is no key. */
function keyOf(content: string): string {
  return /^"?([^\s"':,[\]{}]+)"?\s*:(\s|$)/.exec(content)?.[1] ?? "";
}

/** Keys of the mapping that the line at `start` belongs to, in other lines at the same column. */
function neighbours(text: string, start: number, column: number): string[] {
  const lines = text.split("\n");
  const own = text.slice(0, start).split("\n").length - 1;
  return [...around(lines, own, column, -1), ...around(lines, own, column, 1)];
}

function* around(lines: readonly string[], own: number, column: number, step: number): Generator<string> {
  for (let at = own + step; at >= 0 && at < lines.length; at += step) {
    const line = lines[at] ?? "";
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const indent = indentOf(line);
    const { column: content, entries } = dashes(line, indent);
    if (content < column || (entries > 0 && step > 0 && indent < column)) return;
    if (content === column) yield keyOf(line.slice(content));
    if (entries > 0 && indent < column) return;
  }
}

interface InLine {
  path: string[];
  what: "key" | "value";
  word: string;
  siblings: Set<string>;
  /** Inside brackets. */
  nested: boolean;
}

interface Level {
  kind: "map" | "list";
  key: string | null;
  keys: Set<string>;
}

/** What the cursor's own line says, from `column` on. */
function insideLine(typed: string, column: number): InLine {
  const levels: Level[] = [{ kind: "map", key: null, keys: new Set() }];
  let word = "";
  let quote = "";
  for (const sign of typed.slice(column)) {
    const level = levels[levels.length - 1];
    if (level === undefined) break;
    if (quote !== "") {
      quote = sign === quote ? "" : quote;
      word += sign;
    } else if ((sign === '"' || sign === "'") && word.trim() === "") {
      quote = sign;
      word = sign;
    } else if (sign === " " && word.endsWith(":") && level.kind === "map" && level.key === null) {
      level.key = word.slice(0, -1).trim();
      level.keys.add(level.key);
      word = "";
    } else if ((sign === "{" || sign === "[") && word.trim() === "") {
      levels.push({ kind: sign === "{" ? "map" : "list", key: null, keys: new Set() });
      word = "";
    } else if ((sign === "}" || sign === "]") && levels.length > 1) {
      levels.pop();
      word = "";
    } else if (sign === "," && levels.length > 1) {
      level.key = null;
      word = "";
    } else {
      word += sign;
    }
  }
  const last = levels[levels.length - 1];
  const path = levels.flatMap((level) => (level.kind === "list" ? [ENTRY] : level.key === null ? [] : [level.key]));
  const what = last?.kind === "list" || last?.key !== null ? "value" : "key";
  return { path, what, word: word.trimStart(), siblings: last?.keys ?? new Set(), nested: levels.length > 1 };
}
