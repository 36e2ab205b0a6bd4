import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { unassignedQuery, type UnassignedNumber } from "../../api/numbers";
import { listed } from "../../common/listed";
import { inWords } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import shared from "../table/Table.module.css";
import classes from "./Numbers.module.css";

interface Props {
  give: (number: string, trunk: string) => void;
  /** There is a flow that a number could lead to. */
  mayGive: boolean;
  trunks: readonly string[];
}

/** Callers who were refused because nothing answers the number. */
export function Unassigned({ give, mayGive, trunks }: Props) {
  const { t } = useTranslation();
  const found = useQuery(unassignedQuery);
  const items = found.data?.items ?? [];
  return (
    <section className={classes.unassigned} aria-label={t("numbers.unassigned")}>
      <h3>
        {t("numbers.unassigned")} <small>{t("numbers.unassignedHelp")}</small>
      </h3>
      {found.isError ? (
        <p className={classes.refused}>{inWords(found.error)}</p>
      ) : items.length === 0 ? (
        <p className={classes.help}>{found.isPending ? t("app.loading") : t("numbers.unassignedNone")}</p>
      ) : (
        <table className={`${shared.table} ${classes.table}`}>
          <thead>
            <tr>
              <th>{t("numbers.number")}</th>
              <th>{t("numbers.trunk")}</th>
              <th>{t("numbers.calls")}</th>
              <th>{t("numbers.lastCall")}</th>
              <th>{t("numbers.callers")}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <Line key={`${item.number} ${item.trunk}`} item={item} give={mayGive ? () => give(item.number, trunks.includes(item.trunk) ? item.trunk : "") : undefined} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Line({ item, give }: { item: UnassignedNumber; give: (() => void) | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(item.last_at, now, locale));
  const callers = listed([...new Set(item.callers.map(({ caller }) => (caller === "" ? t("numbers.withheld") : caller)))]);
  return (
    <tr>
      <td>
        <b>{item.number}</b>
      </td>
      <td title={item.trunk}>{item.trunk === "" ? "–" : item.trunk}</td>
      <td>{item.calls}</td>
      <td title={exact(item.last_at, locale)}>{when}</td>
      <td title={callers}>{callers}</td>
      <td>
        <Button size="compact-sm" variant="default" disabled={give === undefined} title={give === undefined ? t("numbers.noFlow") : undefined} onClick={give}>
          {t("numbers.give")}
        </Button>
      </td>
    </tr>
  );
}
