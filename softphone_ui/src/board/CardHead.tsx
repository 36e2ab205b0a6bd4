import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "./Board.module.css";

interface Props {
  title: string;
  /** Offered where a list is long; null: it is short. */
  filter: string | null;
  label: string;
  setFilter: (filter: string) => void;
  changed: boolean;
  update: () => void;
  children?: ReactNode;
}

/** Name of a list, what of it is shown, and whether its order is still the one that was asked for. */
export function CardHead({ title, filter, label, setFilter, changed, update, children }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.head}>
      <h2>{title}</h2>
      <button type="button" className={classes.update} data-shown={changed || undefined} tabIndex={changed ? 0 : -1} onClick={update}>
        {t("board.orderChanged")}
      </button>
      {children}
      {filter !== null && (
        <TextInput
          size="xs"
          className={classes.filter}
          aria-label={label}
          placeholder={t("board.filter")}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && setFilter("")}
        />
      )}
    </div>
  );
}
