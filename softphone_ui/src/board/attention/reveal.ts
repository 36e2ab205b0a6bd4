/** Brings a row of the board into sight, gives it the focus and marks it for a moment. False: it is not on the screen. */
const MARKED_MS = 2500;

export function reveal(what: string): boolean {
  const row = document.querySelector<HTMLElement>(`[data-reveal="${CSS.escape(what)}"]`);
  if (row === null) return false;
  row.scrollIntoView({ block: "nearest", inline: "nearest" });
  row.focus({ preventScroll: true });
  row.dataset.revealed = "true";
  window.setTimeout(() => delete row.dataset.revealed, MARKED_MS);
  return true;
}
