/** What could stand where somebody is writing: from the language's schema, whose `x-names` says what a text stands for. Pure. */
import type { FlowWords, Schema } from "../../api/flows";
import { ENTRY, placeAt } from "./place";

export type OptionKind = "key" | "verb" | "step" | "queue" | "skill" | "file" | "variable" | "value";

export interface Option {
  text: string;
  kind: OptionKind;
  /** A name for people, or what it is. */
  detail: string;
  /** Without it the text is refused. */
  needed: boolean;
}

export interface Completion {
  from: number;
  options: Option[];
}

const VARIABLE = /\{([A-Za-z_0-9]*)$/;

export function complete(text: string, offset: number, words: FlowWords): Completion | null {
  const place = placeAt(text, offset);
  const schema = schemaAt(words.schema, text, place.path);
  const inText = place.what === "value" ? VARIABLE.exec(place.word) : null;
  if (inText !== null && place.word.length > inText[0].length) {
    return { from: offset - (inText[1]?.length ?? 0), options: variables(text, words) };
  }
  if (schema === null) return null;
  const options = place.what === "key" ? keys(schema, place.siblings) : values(schema, text, words, place.path);
  return options.length === 0 ? null : { from: place.from, options };
}

/** Names of a flow's steps, in order. */
export function stepNames(text: string): string[] {
  const found: string[] = [];
  let inside = false;
  for (const line of text.split("\n")) {
    if (/^\S/.test(line)) inside = /^steps\s*:/.test(line);
    const name = inside ? /^ {2}([^\s#:]+)\s*:/.exec(line)?.[1] : undefined;
    if (name !== undefined) found.push(name);
  }
  return found;
}

function keys(schema: Schema, siblings: ReadonlySet<string>): Option[] {
  const needed = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => !siblings.has(name))
    .map(([name, field]): Option => ({ text: `${name}: `, kind: "key", detail: kindOf(field), needed: needed.has(name) }))
    .sort((one, other) => Number(other.needed) - Number(one.needed));
}

function values(schema: Schema, text: string, words: FlowWords, path: readonly string[]): Option[] {
  const byName: Record<string, () => Option[]> = {
    step: () => stepNames(text).map((name) => option(name, "step")),
    queue: () => named(words.queues, "queue"),
    skill: () => named(words.skills, "skill"),
    file: () => words.files.map((name) => option(name, "file")),
    variable: () => variables(text, words),
  };
  const known = byName[namesOf(schema) ?? ""];
  if (known !== undefined) return known();
  if (path.length === 3 && path[0] === "steps" && path[2] === "verb") return Object.keys(mappingOf(words.schema)).map((verb) => option(verb, "verb"));
  const fixed = [schema, ...(schema.anyOf ?? [])].flatMap((one) => one.enum ?? []).map(String);
  const flags = [schema, ...(schema.anyOf ?? [])].some((one) => one.type === "boolean") ? ["true", "false"] : [];
  return [...fixed, ...flags].map((value) => option(value, "value"));
}

function named(names: Record<string, string>, kind: OptionKind): Option[] {
  return Object.entries(names).map(([name, detail]) => option(name, kind, detail));
}

function option(text: string, kind: OptionKind, detail = ""): Option {
  return { text, kind, detail, needed: false };
}

function variables(text: string, words: FlowWords): Option[] {
  const declared = /^variables:\s*(?:\{([^}]*)\}|((?:\n[ ]+[^\n]*)*))/m.exec(text);
  const own = [...(declared?.[1] ?? declared?.[2] ?? "").matchAll(/([A-Za-z_][A-Za-z0-9_]*)\s*:/g)].map(([, name]) => name ?? "");
  const collected = [...text.matchAll(/\binto:\s*([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name]) => name ?? "");
  const names = new Set([...own, ...collected]);
  return [...[...names].map((name) => option(name, "variable")), ...Object.entries(words.variables).map(([name, detail]) => option(name, "variable", detail))];
}

function namesOf(schema: Schema): string | undefined {
  return schema["x-names"] ?? schema.anyOf?.map((one) => one["x-names"]).find((names) => names !== undefined);
}

/** In one word of the schema, for the list. */
function kindOf(schema: Schema): string {
  return namesOf(schema) ?? schema.type ?? schema.anyOf?.map((one) => one.type).find((type) => type !== undefined && type !== "null") ?? "";
}

function mappingOf(root: Schema): Record<string, string> {
  const steps = resolved(root, root).properties?.steps?.additionalProperties;
  return typeof steps === "object" ? (steps.discriminator?.mapping ?? {}) : {};
}

/** The schema of what stands at this path; null where the language has nothing. */
export function schemaAt(root: Schema, text: string, path: readonly string[]): Schema | null {
  let here: Schema | null = resolved(root, root);
  for (const [depth, part] of path.entries()) {
    if (here === null) return null;
    here = depth === 1 && path[0] === "steps" ? stepSchema(root, text, part) : inside(root, here, part);
  }
  return here;
}

/** A step's fields follow from its verb; without one there is only the verb to name. */
function stepSchema(root: Schema, text: string, step: string): Schema {
  const verb = verbOf(text, step);
  const ref = verb === null ? undefined : mappingOf(root)[verb];
  return ref === undefined ? { properties: { verb: { type: "string" } }, required: ["verb"] } : resolved(root, { $ref: ref });
}

function verbOf(text: string, step: string): string | null {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`  ${step}:`));
  if (start < 0) return null;
  for (const line of lines.slice(start)) {
    if (line !== lines[start] && /^ {0,2}\S/.test(line)) return null;
    const verb = /(?:^|[\s{,])verb:\s*([a-z_]+)/.exec(line)?.[1];
    if (verb !== undefined) return verb;
  }
  return null;
}

function inside(root: Schema, schema: Schema, part: string): Schema | null {
  for (const one of [schema, ...(schema.anyOf ?? [])].map((each) => resolved(root, each))) {
    if (part === ENTRY && one.items !== undefined) return resolved(root, one.items);
    const field = one.properties?.[part];
    if (field !== undefined) return resolved(root, field);
    if (typeof one.additionalProperties === "object") return resolved(root, one.additionalProperties);
  }
  return null;
}

function resolved(root: Schema, schema: Schema): Schema;
function resolved(root: Schema, schema: Schema | undefined): Schema | undefined;
function resolved(root: Schema, schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref === undefined) {
    const [only] = schema?.anyOf?.filter((one) => one.type !== "null") ?? [];
    return schema?.anyOf?.length === 2 && only?.$ref !== undefined ? resolved(root, only) : schema;
  }
  return resolved(root, root.$defs?.[schema.$ref.split("/").at(-1) ?? ""]);
}
