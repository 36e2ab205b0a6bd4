/** A pasted list of people: one a line, a name, an address or both. Pure. */

export interface Entry {
  name: string;
  email: string | null;
}

export interface Parsed {
  entries: Entry[];
  /** Lines that are neither. */
  bad: string[];
}

const ADDRESS = /[^\s<>,;"']+@[^\s<>,;"']+/;

/** `Tessa Lindqvist <tessa@northwind.example>`, `tessa@northwind.example`, `Tessa Lindqvist`. Who stands twice is taken once. */
export function parsePeople(text: string): Parsed {
  const entries: Entry[] = [];
  const bad: string[] = [];
  const seen = new Set<string>();
  for (const line of text.split("\n").flatMap(split)) {
    const email = ADDRESS.exec(line)?.[0].toLowerCase() ?? null;
    const rest = line.replace(ADDRESS, "").replace(/[<>"',;\t]+/g, " ").replace(/\s+/g, " ").trim();
    const name = rest !== "" ? rest : (email?.split("@")[0] ?? "");
    if (name === "" || name.length > 200) bad.push(line);
    else if (!seen.has(email ?? name)) entries.push({ name, email });
    seen.add(email ?? name);
  }
  return { entries, bad };
}

/** A line of addresses alone, with commas between them, is several people. */
function split(line: string): string[] {
  const parts = line.split(/[;,]/).map((part) => part.trim()).filter((part) => part !== "");
  const all = parts.length > 1 && parts.every((part) => ADDRESS.test(part));
  return all ? parts : line.trim() === "" ? [] : [line.trim()];
}
