import type { PathStep } from "../api/live";

/** The caller's way through the menu in words: «pressed 2 (billing) · asked for opening hours». Steps without words are left out. */
export function pathWords(path: readonly PathStep[]): string {
  const words = path.map((step) => step.detail.trim()).filter((detail) => detail !== "");
  return words.filter((detail, index) => detail !== words[index - 1]).join(" · ");
}
