import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { trunksQuery, type TrunkStatus } from "../../api/trunks";
import { Notice } from "../../common/Notice";
import { inWords } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import admin from "../Admin.module.css";
import classes from "./Trunks.module.css";

/** The lines to the carriers: whether they answer, what they said last in their own words, how many calls they carry. */
export function TrunksPage() {
  const { t } = useTranslation();
  const trunks = useQuery(trunksQuery);
  if (trunks.isError)
    return <Notice tone="bad" title={t("trunks.cannotLoad")} text={inWords(trunks.error)} action={{ label: t("app.retry"), run: () => void trunks.refetch(), busy: trunks.isFetching }} />;
  if (trunks.isPending)
    return (
      <div className={admin.loading} role="status">
        {t("app.loading")}
      </div>
    );
  if (trunks.data.items.length === 0) return <Notice title={t("trunks.none")} text={t("trunks.noneText")} />;
  return (
    <div className={admin.wide}>
      <section className={admin.card} aria-label={t("admin.section.trunks")}>
        <h2>{t("admin.section.trunks")}</h2>
        <p className={admin.help}>{t("trunks.help")}</p>
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t("trunks.trunk")}</th>
              <th>{t("trunks.state")}</th>
              <th>{t("trunks.answer")}</th>
              <th>{t("trunks.roundTrip")}</th>
              <th>{t("trunks.calls")}</th>
            </tr>
          </thead>
          <tbody>
            {trunks.data.items.map((trunk) => (
              <Row key={trunk.trunk_id} trunk={trunk} />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

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
      <td>
        {answer === null ? "–" : t("trunks.said", { status: answer.status, reason: answer.reason })}
        {answer !== null && <small title={exact(answer.at, locale)}>{answered}</small>}
      </td>
      <td>{trunk.round_trip_ms === null ? "–" : t("audio.ms", { value: Math.round(trunk.round_trip_ms) })}</td>
      <td>{trunk.calls_now}</td>
    </tr>
  );
}
