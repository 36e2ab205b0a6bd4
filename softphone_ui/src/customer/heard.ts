/** Whose name the caller has just said: it marks a candidate and never chooses one. Pure. */

interface Named {
  customer_id: string;
  name: string;
}

const words = (text: string): string[] => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** The one candidate who has a name that was said; null when nobody or several have. */
export function heardCandidate<Candidate extends Named>(candidates: readonly Candidate[], said: readonly string[]): Candidate | null {
  const heard = new Set(said.flatMap(words));
  const having = candidates.filter((each) => words(each.name).some((word) => word.length > 2 && heard.has(word)));
  return having.length === 1 ? (having[0] ?? null) : null;
}
