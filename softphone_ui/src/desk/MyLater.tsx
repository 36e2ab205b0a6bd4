import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Work } from "../api/live";
import { ChannelIcon } from "../common/ChannelIcon";
import { LaterDialog } from "../common/LaterDialog";
import { clockOfDay, exact } from "../format/time";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import classes from "./WorkList.module.css";

/** Callbacks that I promised, the first to come at the head; each opens to be moved or withdrawn. */
export function MyLater({ works }: { works: readonly Work[] }) {
  const { t } = useTranslation();
  const [openId, setOpenId] = useState<string | null>(null);
  return (
    <>
      {works.length > 0 && (
        <h2>
          {t("desk.promised")} · {works.length}
        </h2>
      )}
      {works.map((work) => (
        <Promised key={work.work_id} work={work} open={() => setOpenId(work.work_id)} />
      ))}
      <LaterDialog workId={openId} close={() => setOpenId(null)} />
    </>
  );
}

function Promised({ work, open }: { work: Work; open: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => clockOfDay(work.until, now, locale));
  const name = work.customer_name || t("desk.unknownCaller");
  return (
    <button type="button" className={classes.promised} onClick={open} title={exact(work.until, locale)}>
      <ChannelIcon channel={work.channel} />
      <span className="visually-hidden">{t("desk.changePromised")}</span>
      <b>{name}</b>
      <span className={classes.clock}>{when}</span>
    </button>
  );
}
