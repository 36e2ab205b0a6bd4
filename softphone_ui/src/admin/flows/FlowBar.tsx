import { Button } from "@mantine/core";
import { IconArrowLeft, IconArrowsDiff } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { FlowDetail } from "../../api/flows";
import { Link } from "../../app/Link";
import { hourAndMinute } from "../../format/time";
import { useLocale } from "../../i18n";
import { CompareDialog, type Compared } from "./CompareDialog";
import classes from "./Flows.module.css";
import { OthersDraft } from "./OthersDraft";
import { PublishDialog } from "./PublishDialog";
import type { FlowWork } from "./useFlowWork";

/** Which flow, what is live, whose drafts there are, and the way to publish: always in the same places. */
export function FlowBar({ flow, work }: { flow: FlowDetail; work: FlowWork }) {
  const { t } = useTranslation();
  const [comparing, compare] = useState<Compared | null>(null);
  const [publishing, publish] = useState(false);
  const live = flow.published?.version ?? 0;
  const why = work.errors > 0 ? t("flows.fixFirst", { count: work.errors }) : work.same ? t("flows.nothingToPublish") : undefined;
  return (
    <header className={classes.bar}>
      <Link href="/admin/flows" className={classes.back} aria-label={t("flows.all")}>
        <IconArrowLeft size={18} stroke={1.8} />
      </Link>
      <h2 title={flow.name}>{flow.name}</h2>
      <span className={classes.chip} data-live={live > 0 || undefined}>
        {live > 0 ? t("flows.isLive", { version: live }) : t("flows.notPublished")}
      </span>
      <Draft flow={flow} work={work} />
      {flow.drafts.filter((draft) => !draft.mine).map((draft) => (
        <OthersDraft key={draft.author_id} flow={flow} draft={draft} work={work} />
      ))}
      <span className={classes.space} />
      {live > 0 && (
        <Button variant="default" leftSection={<IconArrowsDiff size={16} stroke={1.8} />} disabled={work.same} onClick={() => compare({ kind: "draft", text: work.text, version: live })}>
          {t("flows.compareWith", { version: live })}
        </Button>
      )}
      <Button disabled={why !== undefined || !work.checked} title={why} onClick={() => publish(true)}>
        {t("flows.publish")}
      </Button>
      {comparing !== null && <CompareDialog flowId={flow.flow_id} compared={comparing} close={() => compare(null)} />}
      {publishing && <PublishDialog flow={flow} work={work} close={() => publish(false)} />}
    </header>
  );
}

function Draft({ flow, work }: { flow: FlowDetail; work: FlowWork }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const at = flow.draft?.saved_at;
  if (work.keeping === "published") return null;
  return (
    <span className={classes.chip} role="status" data-bad={work.keeping === "failed" || undefined}>
      {work.keeping === "saved" ? (at === undefined ? t("flows.kept.savedNow") : t("flows.kept.saved", { time: hourAndMinute(at, locale) })) : t(`flows.kept.${work.keeping}`)}
      {work.keeping === "failed" && (
        <button type="button" onClick={work.save}>
          {t("flows.kept.again")}
        </button>
      )}
    </span>
  );
}
