import { useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { useLocale } from "../i18n";
import { change, NOTHING, written, type Figure } from "./figures";
import classes from "./Reports.module.css";

export interface Line<Row> {
  key: string;
  name: string;
  row: Row;
  /** What stands beside it; null: nothing does. */
  earlier: Row | null;
}

export interface Chosen {
  line: string;
  figure: string;
}

interface Props<Row> {
  label: string;
  first: string;
  /** The lines have long names. */
  wide: boolean;
  figures: readonly Figure<Row>[];
  lines: readonly Line<Row>[];
  total: Row;
  earlierTotal: Row | null;
  /** Which time that is; null: none. */
  beside: string | null;
  chosen: Chosen | null;
  choose: (chosen: Chosen) => void;
  dismiss: () => void;
}

const ROW_PX = 28;
const TOTAL = "total";
const STEPS: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Every number; those with conversations behind them are buttons, one stop for Tab and walked through with arrows. */
export function ReportTable<Row>({ label, first, wide, figures: every, lines, total, earlierTotal, beside, chosen, choose, dismiss }: Props<Row>) {
  const { t } = useTranslation();
  const figures = every.filter((figure) => figure.apart !== true);
  const box = useRef<HTMLDivElement>(null);
  const [stop, setStop] = useState({ row: 0, column: 0 });
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 12 });
  const shown = rows.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = rows.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const open = figures.flatMap((figure, index) => (figure.counted === undefined ? [] : [index]));
  const place = { row: Math.min(stop.row, lines.length), column: Math.min(stop.column, open.length - 1) };

  const chosenRow = chosen === null ? -1 : lines.findIndex((line) => line.key === chosen.line);
  useEffect(() => {
    if (chosenRow >= 0) rows.scrollToIndex(chosenRow);
  }, [chosenRow, rows]);

  const go = (row: number, column: number): void => {
    const to = { row: Math.max(0, Math.min(lines.length, row)), column: Math.max(0, Math.min(open.length - 1, column)) };
    setStop(to);
    if (to.row < lines.length) rows.scrollToIndex(to.row);
    const find = (): HTMLElement | null => box.current?.querySelector<HTMLElement>(`[data-place="${to.row}/${to.column}"]`) ?? null;
    const there = find();
    if (there !== null) there.focus();
    else requestAnimationFrame(() => find()?.focus()); // it is drawn once it is scrolled to
  };
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (event.key === "Escape" && chosen !== null) {
      event.preventDefault();
      dismiss();
    } else if (step !== undefined && !event.ctrlKey && !event.metaKey && event.target instanceof HTMLButtonElement) {
      event.preventDefault();
      go(place.row + step[0], place.column + step[1]);
    }
  };
  const cells = { figures, open, place, chosen, choose, setStop, beside };
  return (
    <div ref={box} className={classes.scroll} role="region" aria-label={label} tabIndex={open.length === 0 || lines.length === 0 ? 0 : -1} onKeyDown={press}>
      <table className={classes.table} aria-rowcount={lines.length + 2} data-wide={wide || undefined}>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            {figures.map(({ key, lesser, compared, unit }) => (
              <Fragment key={key}>
                <th scope="col" title={t(`reports.whole.${key}`)} data-lesser={lesser}>
                  {t(`reports.figure.${key}`)}
                </th>
                {compared === true && beside !== null && (
                  <th scope="col" title={t("reports.changeOf", { figure: t(`reports.figure.${key}`), beside })}>
                    {t(unit === "share" ? "reports.points" : "reports.changed")}
                  </th>
                )}
              </Fragment>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden="true" style={{ height: above }} />}
          {shown.map(({ index }) => {
            const line = lines[index];
            return line === undefined ? null : <Cells key={line.key} {...cells} line={line} row={index} />;
          })}
          {below > 0 && <tr aria-hidden="true" style={{ height: below }} />}
        </tbody>
        <tfoot>
          <Cells {...cells} line={{ key: TOTAL, name: t("reports.total"), row: total, earlier: earlierTotal }} row={lines.length} />
        </tfoot>
      </table>
    </div>
  );
}

interface CellsProps<Row> {
  figures: readonly Figure<Row>[];
  open: readonly number[];
  place: { row: number; column: number };
  chosen: Chosen | null;
  choose: (chosen: Chosen) => void;
  setStop: (place: { row: number; column: number }) => void;
  beside: string | null;
  line: Line<Row>;
  row: number;
}

function Cells<Row>({ figures, open, place, chosen, choose, setStop, beside, line, row }: CellsProps<Row>) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <tr data-on={chosen?.line === line.key || undefined}>
      <th scope="row" title={line.name}>
        {line.name}
      </th>
      {figures.map((figure, index) => {
        const column = open.indexOf(index);
        const on = chosen?.line === line.key && chosen.figure === figure.key;
        const text = written(figure, line.row, locale);
        const then = line.earlier === null || beside === null ? undefined : `${beside}: ${written(figure, line.earlier, locale)}`;
        const cell = (
          <td key={figure.key} title={then} data-lesser={figure.lesser} data-on={on || undefined} data-tone={figure.tone?.(line.row)}>
            {column < 0 ? (
              text
            ) : (
              <button
                type="button"
                data-place={`${row}/${column}`}
                tabIndex={place.row === row && place.column === column ? 0 : -1}
                aria-pressed={on}
                aria-label={t("reports.open", { number: text, figure: t(`reports.figure.${figure.key}`), line: line.name })}
                onFocus={() => setStop({ row, column })}
                onClick={() => choose({ line: line.key, figure: figure.key })}
              >
                {text}
              </button>
            )}
          </td>
        );
        if (figure.compared !== true || beside === null) return cell;
        const by = line.earlier === null ? null : change(figure, line.row, line.earlier, locale);
        return (
          <Fragment key={figure.key}>
            {cell}
            <td className={classes.change} title={then}>
              {by?.text ?? NOTHING}
            </td>
          </Fragment>
        );
      })}
    </tr>
  );
}
