import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { flowsQuery, type FlowSummary } from "../../api/flows";
import { later } from "../../app/later";
import { Link } from "../../app/Link";
import { Notice } from "../../common/Notice";
import { listed } from "../../common/listed";
import { inWords } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import { NEW, useAdding } from "../asked";
import type { Columns } from "../table/arranged";
import { Filter, Head, NoneMatches, useArranged } from "../table/Table";
import shared from "../table/Table.module.css";
import { AddFlowDialog } from "./AddFlowDialog";
import { Writers } from "./Writers";
import classes from "./Flows.module.css";

/** The editor is by far the heaviest part of the Administration: it comes when a flow is opened. */
const FlowPage = later(async () => (await import("./FlowPage")).FlowPage);

const NONE: readonly FlowSummary[] = [];
const COLUMNS: Columns<FlowSummary> = {
  name: ({ name, flow_id: id }) => `${name} ${id}`,
  numbers: ({ numbers }) => listed(numbers),
  live: ({ published }) => published?.saved_at ?? 0,
  drafts: ({ drafts }) => listed(drafts.map(({ author }) => author)),
  callers: ({ callers }) => callers,
};

/** All flows, or the one that the address names. */
export function FlowsPage({ item }: { item: string | null }) {
  return item === null || item === NEW ? <FlowList item={item} /> : <FlowPage key={item} flowId={item} />;
}

function FlowList({ item }: { item: string | null }) {
  const { t } = useTranslation();
  const flows = useQuery(flowsQuery);
  const { adding, add, close } = useAdding("flows", item);
  const table = useArranged(flows.data?.items ?? NONE, COLUMNS);
  return (
    <div className={shared.page}>
      <header className={shared.head}>
        <h2>{t("admin.section.flows")}</h2>
        <p>{t("flows.help")}</p>
        <Filter table={table} label={t("flows.filter")} />
        <Button leftSection={<IconPlus size={16} stroke={1.8} />} onClick={add}>
          {t("flows.new")}
        </Button>
      </header>
      {flows.isError ? (
        <Notice tone="bad" title={t("flows.cannotLoad")} text={inWords(flows.error)} action={{ label: t("app.retry"), run: () => void flows.refetch(), busy: flows.isFetching }} />
      ) : flows.isPending ? (
        <div role="status" className={shared.loading}>
          {t("app.loading")}
        </div>
      ) : flows.data.items.length === 0 ? (
        <Notice title={t("flows.none")} text={t("flows.noneText")} action={{ label: t("flows.new"), run: add }} />
      ) : (
        <div className={shared.scroll} tabIndex={0} role="region" aria-label={t("admin.section.flows")}>
          <table className={`${shared.table} ${classes.table}`}>
            <thead>
              <tr>
                <Head table={table} by="name" label={t("flows.name")} />
                <Head table={table} by="numbers" label={t("flows.numbers")} />
                <Head table={table} by="live" label={t("flows.live")} />
                <Head table={table} by="drafts" label={t("flows.drafts")} />
                <Head table={table} by="callers" label={t("flows.callersNow")} />
              </tr>
            </thead>
            <tbody>
              {table.shown.map((flow) => (
                <Row key={flow.flow_id} flow={flow} />
              ))}
              <NoneMatches table={table} columns={5} />
            </tbody>
          </table>
        </div>
      )}
      {adding && <AddFlowDialog close={close} />}
    </div>
  );
}

function Row({ flow }: { flow: FlowSummary }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { published } = flow;
  const when = useNow((now) => (published === null ? "" : near(published.saved_at, now, locale)));
  return (
    <tr>
      <td>
        <Link href={`/admin/flows/${encodeURIComponent(flow.flow_id)}`} title={flow.name} onPointerEnter={() => void FlowPage.preload()} onFocus={() => void FlowPage.preload()}>
          {flow.name}
        </Link>
        <small>{flow.flow_id}</small>
      </td>
      <td title={listed(flow.numbers)}>{flow.numbers.length === 0 ? <span className={classes.soon}>{t("flows.noNumber")}</span> : listed(flow.numbers)}</td>
      <td title={published === null ? undefined : exact(published.saved_at, locale)}>
        {published === null ? (
          <span className={classes.soon}>{t("flows.notPublished")}</span>
        ) : (
          t("flows.liveSince", { version: published.version, when, author: published.author })
        )}
      </td>
      <td>
        <Writers drafts={flow.drafts} />
      </td>
      <td>{flow.callers}</td>
    </tr>
  );
}
