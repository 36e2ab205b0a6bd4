import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { discardDraft, flowQuery, flowVersionsQuery, rollBackFlow, type FlowDetail, type FlowVersionInfo } from "../../api/flows";
import { inWords, say } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import { CompareDialog, type Compared } from "./CompareDialog";
import classes from "./Flows.module.css";
import type { FlowWork } from "./useFlowWork";

/** The draft and everything that was published: compare and roll back in one place. */
export function Versions({ flow, work }: { flow: FlowDetail; work: FlowWork }) {
  const { t } = useTranslation();
  const versions = useQuery(flowVersionsQuery(flow.flow_id));
  const [comparing, compare] = useState<Compared | null>(null);
  const [back, rollBack] = useState<FlowVersionInfo | null>(null);
  const live = flow.published?.version ?? 0;
  return (
    <section className={classes.card} aria-label={t("flows.versions")}>
      <header className={classes.head}>
        <h3>{t("flows.versions")}</h3>
        <span>{t("flows.finishTheirs")}</span>
      </header>
      <ul className={classes.versions}>
        {work.keeping !== "published" && <DraftLine flow={flow} work={work} />}
        {versions.isError && <li className={classes.refused}>{inWords(versions.error)}</li>}
        {versions.data?.items.map((info) => (
          <Line
            key={info.version}
            info={info}
            live={info.version === live}
            callers={flow.callers_by_version[info.version] ?? 0}
            compare={() => compare({ kind: "versions", version: live, against: info.version })}
            back={() => rollBack(info)}
          />
        ))}
        {versions.data?.items.length === 0 && <li className={classes.help}>{t("flows.noVersion")}</li>}
      </ul>
      {comparing !== null && <CompareDialog flowId={flow.flow_id} compared={comparing} close={() => compare(null)} />}
      {back !== null && <RollBackDialog flow={flow} to={back} work={work} close={() => rollBack(null)} />}
    </section>
  );
}

function DraftLine({ flow, work }: { flow: FlowDetail; work: FlowWork }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const discard = useMutation({
    mutationFn: () => discardDraft(flow.flow_id),
    onSuccess: () => {
      work.editor.current?.replace(flow.text);
      queries.setQueryData(flowQuery(flow.flow_id).queryKey, { ...flow, draft: null, drafts: flow.drafts.filter((draft) => !draft.mine) });
    },
  });
  return (
    <li>
      <b>{t("flows.draft")}</b>
      <span>
        {t("flows.you")}
        {work.errors > 0 && <small className={classes.bad}>{t("flows.errors", { count: work.errors })}</small>}
      </span>
      {flow.published !== null && (
        <Button size="compact-sm" variant="default" onClick={() => discard.mutate()} loading={discard.isPending}>
          {t("admin.discard")}
        </Button>
      )}
    </li>
  );
}

interface LineProps {
  info: FlowVersionInfo;
  live: boolean;
  callers: number;
  compare: () => void;
  back: () => void;
}

function Line({ info, live, callers, compare, back }: LineProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(info.saved_at, now, locale));
  return (
    <li data-live={live || undefined}>
      <b>{info.version}</b>
      <span title={info.comment}>
        {info.comment === "" ? t("flows.noReason") : info.comment}
        <small title={exact(info.saved_at, locale)}>
          {when} · {info.author}
          {callers > 0 && ` · ${t("flows.callers", { count: callers })}`}
        </small>
      </span>
      {live ? (
        <span className={classes.chip} data-live>
          {t("flows.liveTag")}
        </span>
      ) : (
        <>
          <Button size="compact-sm" variant="default" onClick={compare} aria-label={t("flows.compareVersion", { version: info.version })}>
            {t("flows.compare")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={back} aria-label={t("flows.rollBackTo", { version: info.version })}>
            {t("admin.history.rollBack")}
          </Button>
        </>
      )}
    </li>
  );
}

function RollBackDialog({ flow, to, work, close }: { flow: FlowDetail; to: FlowVersionInfo; work: FlowWork; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const back = useMutation({
    mutationFn: () => rollBackFlow(flow.flow_id, to.version, flow.published?.version ?? 0),
    meta: { silent: true },
    onSuccess: (now) => {
      queries.setQueryData(flowQuery(flow.flow_id).queryKey, now);
      void queries.invalidateQueries({ queryKey: flowVersionsQuery(flow.flow_id).queryKey });
      if (now.draft === null) work.editor.current?.replace(now.text);
      say.note(t("flows.published", { version: now.published?.version ?? 0 }));
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={t("flows.rollBackTitle", { version: to.version })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <div className={classes.dialog}>
        <p className={classes.help}>{t("flows.rollBackHelp", { version: to.version, next: (flow.published?.version ?? 0) + 1 })}</p>
        {back.error !== null && (
          <p role="alert" className={classes.refused}>
            {inWords(back.error)}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t("admin.cancel")}
          </Button>
          <Button onClick={() => back.mutate()} loading={back.isPending} data-autofocus>
            {t("admin.history.rollBack")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
