import { TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { arranged, type Columns, type Order } from "./arranged";
import classes from "./Table.module.css";

/** With so many rows there is something to look for. */
const MANY = 11;

export interface Arranged<Row> {
  shown: readonly Row[];
  filter: string;
  setFilter: (filter: string) => void;
  order: Order | null;
  sortBy: (column: string) => void;
  many: boolean;
}

/** A table's rows as somebody has filtered and sorted them. `columns` stay the same from one drawing to the next, or are remembered. */
export function useArranged<Row>(rows: readonly Row[], columns: Columns<Row>): Arranged<Row> {
  const [filter, setFilter] = useState("");
  const [order, setOrder] = useState<Order | null>(null);
  const shown = useMemo(() => arranged(rows, columns, filter, order), [rows, columns, filter, order]);
  const sortBy = (by: string): void => setOrder(order?.by === by ? { by, down: !order.down } : { by, down: false });
  return { shown, filter, setFilter, order, sortBy, many: rows.length >= MANY };
}

/** The field to filter by, when there is much to look through. */
export function Filter({ table, label }: { table: Pick<Arranged<unknown>, "filter" | "setFilter" | "many">; label: string }) {
  const { t } = useTranslation();
  if (!table.many) return null;
  return <TextInput className={classes.filter} type="search" aria-label={label} placeholder={t("board.filter")} value={table.filter} onChange={(event) => table.setFilter(event.currentTarget.value)} />;
}

/** A column's head that sorts. */
export function Head({ table, by, label }: { table: Pick<Arranged<unknown>, "order" | "sortBy">; by: string; label: string }) {
  const sorted = table.order?.by === by ? (table.order.down ? "descending" : "ascending") : undefined;
  return (
    <th aria-sort={sorted}>
      <button type="button" className={classes.sort} onClick={() => table.sortBy(by)}>
        {label}
      </button>
    </th>
  );
}

/** Nothing fits what was looked for. */
export function NoneMatches({ table, columns }: { table: Pick<Arranged<unknown>, "shown">; columns: number }) {
  const { t } = useTranslation();
  if (table.shown.length > 0) return null;
  return (
    <tr>
      <td colSpan={columns} className={classes.none}>
        {t("board.noneMatches")}
      </td>
    </tr>
  );
}
