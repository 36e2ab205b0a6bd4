/** 0.764 → «76.4 %» in the reader's language. */
export function percent(share: number, language: string, digits = 1): string {
  return new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

/** «Dana Whitfield» → «DW»; one Chinese character for a Chinese name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return "?";
  if (/\p{Script=Han}/u.test(first)) return letter(first);
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return `${letter(first)}${last ? letter(last) : ""}`.toUpperCase();
}

/** The first letter as a reader sees it, not as a code unit. */
function letter(word: string): string {
  for (const { segment } of new Intl.Segmenter().segment(word)) return segment;
  return "";
}
