import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { drainNode, nodesQuery, resumeNode, type NodeStatus } from "../../api/nodes";
import { Notice } from "../../common/Notice";
import { inWords, say } from "../../common/say";
import type { Columns } from "../table/arranged";
import { Filter, Head, NoneMatches, useArranged } from "../table/Table";
import shared from "../table/Table.module.css";
import { DrainDialog } from "./DrainDialog";
import classes from "./Nodes.module.css";

/** The media nodes: what each carries, and taking one out of use without ending a call. */
export function NodesPage() {
  const { t } = useTranslation();
  const nodes = useQuery(nodesQuery);
  const columns = useMemo(() => columnsOf(t), [t]);
  const table = useArranged(nodes.data?.items ?? NO_NODES, columns);
  if (nodes.isError)
    return <Notice tone="bad" title={t("nodes.cannotLoad")} text={inWords(nodes.error)} action={{ label: t("app.retry"), run: () => void nodes.refetch(), busy: nodes.isFetching }} />;
  if (nodes.isPending)
    return (
      <div className={shared.loading} role="status">
        {t("app.loading")}
      </div>
    );
  if (nodes.data.items.length === 0) return <Notice tone="bad" title={t("nodes.none")} text={t("nodes.noneText")} />;
  const up = nodes.data.items.filter((node) => node.state === "up").length;
  return (
    <div className={shared.page}>
      <header className={shared.head}>
        <h2>{t("admin.section.nodes")}</h2>
        <p>{t("nodes.help")}</p>
        <Filter table={table} label={t("nodes.filter")} />
      </header>
      <div className={shared.scroll} tabIndex={0} role="region" aria-label={t("admin.section.nodes")}>
        <table className={`${shared.table} ${classes.table}`}>
          <thead>
            <tr>
              <Head table={table} by="name" label={t("nodes.name")} />
              <Head table={table} by="region" label={t("nodes.region")} />
              <Head table={table} by="state" label={t("nodes.state")} />
              <Head table={table} by="legs" label={t("nodes.legs")} />
              <Head table={table} by="inCalls" label={t("nodes.inCalls")} />
              <th aria-label={t("nodes.actions")} />
            </tr>
          </thead>
          <tbody>
            {table.shown.map((node) => (
              <Row key={node.node_id ?? node.name} node={node} isLast={node.state === "up" && up === 1} />
            ))}
            <NoneMatches table={table} columns={6} />
          </tbody>
        </table>
      </div>
    </div>
  );
}

const NO_NODES: readonly NodeStatus[] = [];

const columnsOf = (t: TFunction): Columns<NodeStatus> => ({
  name: ({ name, node_id: id }) => `${name} ${id ?? ""}`,
  region: ({ region }) => region,
  state: ({ state }) => t(`nodes.states.${state}`),
  legs: ({ legs }) => legs,
  inCalls: ({ in_calls: inCalls }) => inCalls,
});

/** `isLast`: without it nobody could call. */
function Row({ node, isLast }: { node: NodeStatus; isLast: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [asking, ask] = useState(false);
  const { name, node_id: id, state } = node;
  const change = useMutation({
    mutationFn: () => (state === "up" ? drainNode(id ?? name) : resumeNode(id ?? name)),
    onError: (error) => say.failure(error),
    onSettled: () => {
      ask(false);
      return queries.invalidateQueries({ queryKey: nodesQuery.queryKey });
    },
  });
  const press = (): void => (isLast ? ask(true) : change.mutate());
  return (
    <tr>
      <td title={id ?? name}>
        <b>{name}</b>
        {id !== null && id !== name && <small>{id}</small>}
      </td>
      <td>{node.region === "" ? "–" : node.region}</td>
      <td>
        <span className={classes.state} data-state={state}>
          {t(`nodes.states.${state}`)}
        </span>
        {state !== "up" && <small>{t(`nodes.explained.${state}`, { count: node.in_calls })}</small>}
      </td>
      <td>{id === null ? "–" : t("nodes.ofMost", { legs: node.legs, max: node.max_legs })}</td>
      <td>{id === null ? "–" : node.in_calls}</td>
      <td>
        <Button
          variant="default"
          size="xs"
          loading={change.isPending}
          onClick={press}
          aria-label={t(state === "up" ? "nodes.drainOne" : "nodes.resumeOne", { name })}
        >
          {t(state === "up" ? "nodes.drain" : "nodes.resume")}
        </Button>
        {asking && <DrainDialog name={name} busy={change.isPending} drain={() => change.mutate()} close={() => ask(false)} />}
      </td>
    </tr>
  );
}
