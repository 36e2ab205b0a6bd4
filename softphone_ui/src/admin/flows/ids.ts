/** «Orders, evening» → `flow_orders_evening`: what the file, numbers and the command line call it. */
export function idFor(name: string): string {
  const plain = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 50);
  return `flow_${plain === "" ? hash(name.trim()) : plain}`;
}

/** A name without a Latin letter has an id that says nothing, but always the same. */
function hash(name: string): string {
  let sum = 0;
  for (const sign of name) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 0xffff_ffff;
  return sum.toString(36);
}
