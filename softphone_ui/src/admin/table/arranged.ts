/** Rows of a table of the Administration, filtered and in the order of a column. Pure. */

/** What a column sorts and is found by. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => string | number>>;
export interface Order {
  by: string;
  down: boolean;
}

/** In the server's order until somebody chooses a column; texts as people count («2» before «10»). */
export function arranged<Row>(rows: readonly Row[], columns: Columns<Row>, filter: string, order: Order | null): readonly Row[] {
  const wanted = filter.trim().toLowerCase();
  const found = wanted === "" ? rows : rows.filter((row) => Object.values(columns).some((of) => String(of(row)).toLowerCase().includes(wanted)));
  const of = order === null ? undefined : columns[order.by];
  if (order === null || of === undefined) return found;
  const sorted = found.toSorted((one, other) => compared(of(one), of(other)));
  return order.down ? sorted.toReversed() : sorted;
}

function compared(one: string | number, other: string | number): number {
  return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), undefined, { numeric: true });
}
