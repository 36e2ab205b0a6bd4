import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { trunksQuery, type TrunkStatus } from "../../api/trunks";
import { Notice } from "../../common/Notice";
import { inWords } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import type { Columns } from "../table/arranged";
import { Filter, Head, NoneMatches, useArranged } from "../table/Table";
import shared from "../table/Table.module.css";
import classes from "./Trunks.module.css";

/** The lines to the carriers: whether they answer, what they said last in their own words, how many calls they carry. */
export function TrunksPage() {
  const { t } = useTranslation();
  const trunks = useQuery(trunksQuery);
  const columns = useMemo(() => columnsOf(t), [t]);
  const table = useArranged(trunks.data?.items ?? NO_TRUNKS, columns);
  if (trunks.isError)
    return <Notice tone="bad" title={t("trunks.cannotLoad")} text={inWords(trunks.error)} action={{ label: t("app.retry"), run: () => void trunks.refetch(), busy: trunks.isFetching }} />;
  if (trunks.isPending)
    return (
      <div className={shared.loading} role="status">
        {t("app.loading")}
      </div>
    );
  if (trunks.data.items.length === 0) return <Notice title={t("trunks.none")} text={t("trunks.noneText")} />;
  return (
    <div className={shared.page}>
      <header className={shared.head}>
        <h2>{t("admin.section.trunks")}</h2>
        <p>{t("trunks.help")}</p>
        <Filter table={table} label={t("trunks.filter")} />
      </header>
      <div className={shared.scroll} tabIndex={0} role="region" aria-label={t("admin.section.trunks")}>
        <table className={`${shared.table} ${classes.table}`}>
          <thead>
            <tr>
              <Head table={table} by="trunk" label={t("trunks.trunk")} />
              <Head table={table} by="state" label={t("trunks.state")} />
              <Head table={table} by="answer" label={t("trunks.answer")} />
              <Head table={table} by="roundTrip" label={t("trunks.roundTrip")} />
              <Head table={table} by="calls" label={t("trunks.calls")} />
            </tr>
          </thead>
          <tbody>
            {table.shown.map((trunk) => (
              <Row key={trunk.trunk_id} trunk={trunk} />
            ))}
            <NoneMatches table={table} columns={5} />
          </tbody>
        </table>
      </div>
    </div>
  );
}

const NO_TRUNKS: readonly TrunkStatus[] = [];

const columnsOf = (t: TFunction): Columns<TrunkStatus> => ({
  trunk: ({ trunk_id: id, address }) => `${id} ${address}`,
  state: ({ state }) => t(`trunks.${state}`),
  answer: ({ last_answer: answer }) => (answer === null ? "" : t("trunks.said", { status: answer.status, reason: answer.reason })),
  roundTrip: ({ round_trip_ms: ms }) => ms ?? Number.POSITIVE_INFINITY,
  calls: ({ calls_now: calls }) => calls,
});

function Row({ trunk }: { trunk: TrunkStatus }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { since, last_answer: answer } = trunk;
  const when = useNow((now) => (since === null ? null : near(since, now, locale)));
  const answered = useNow((now) => (answer === null ? null : near(answer.at, now, locale)));
  return (
    <tr>
      <td title={trunk.trunk_id}>
        <b>{trunk.trunk_id}</b>
        <small title={trunk.address}>{trunk.address}</small>
      </td>
      <td>
        <span className={classes.state} data-state={trunk.state}>
          {t(`trunks.${trunk.state}`)}
        </span>
        {when !== null && since !== null && <small title={exact(since, locale)}>{t("trunks.since", { when })}</small>}
      </td>
      <td title={answer?.reason}>
        {answer === null ? "–" : t("trunks.said", { status: answer.status, reason: answer.reason })}
        {answer !== null && <small title={exact(answer.at, locale)}>{answered}</small>}
      </td>
      <td>{trunk.round_trip_ms === null ? "–" : t("audio.ms", { value: Math.round(trunk.round_trip_ms) })}</td>
      <td>{trunk.calls_now}</td>
    </tr>
  );
}
