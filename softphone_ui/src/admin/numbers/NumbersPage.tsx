import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { flowsQuery, type FlowSummary } from "../../api/flows";
import { numbersQuery, type NumberRule } from "../../api/numbers";
import { Link } from "../../app/Link";
import { Notice } from "../../common/Notice";
import { inWords } from "../../common/say";
import { languages } from "../../i18n";
import { useAdding } from "../asked";
import type { Columns } from "../table/arranged";
import { Filter, Head, NoneMatches, useArranged, type Arranged } from "../table/Table";
import shared from "../table/Table.module.css";
import { NumberDialog, type Edited } from "./NumberDialog";
import classes from "./Numbers.module.css";
import { TryNumber } from "./TryNumber";
import { Unassigned } from "./Unassigned";

const EMPTY: Edited = { rule: null, number: "", trunk: "" };

/** Which flow answers a called number; and what is called that nothing answers. */
export function NumbersPage({ item }: { item: string | null }) {
  const { t } = useTranslation();
  const numbers = useQuery(numbersQuery);
  const flows = useQuery(flowsQuery);
  const asked = useAdding("numbers", item);
  const [edited, edit] = useState<Edited | null>(null);
  const names = useMemo(() => new Map((flows.data?.items ?? []).map((flow) => [flow.flow_id, flow.name])), [flows.data]);
  const columns = useMemo(() => columnsOf(names, t("numbers.anyTrunk")), [names, t]);
  const table = useArranged(numbers.data?.items ?? NONE, columns);
  const published = (flows.data?.items ?? []).filter((flow) => flow.published !== null);
  return (
    <div className={shared.page}>
      <header className={shared.head}>
        <h2>{t("admin.section.numbers")}</h2>
        <p>{t("numbers.help")}</p>
        <Filter table={table} label={t("numbers.filter")} />
        <TryNumber names={names} />
        <Button leftSection={<IconPlus size={16} stroke={1.8} />} disabled={published.length === 0} title={published.length === 0 ? t("numbers.noFlow") : undefined} onClick={asked.add}>
          {t("numbers.add")}
        </Button>
      </header>
      {numbers.isError ? (
        <Notice tone="bad" title={t("numbers.cannotLoad")} text={inWords(numbers.error)} action={{ label: t("app.retry"), run: () => void numbers.refetch(), busy: numbers.isFetching }} />
      ) : numbers.isPending ? (
        <div role="status" className={shared.loading}>
          {t("app.loading")}
        </div>
      ) : (
        <div className={shared.scroll} tabIndex={0} role="region" aria-label={t("admin.section.numbers")}>
          {numbers.data.items.length === 0 ? <Empty published={published} add={asked.add} /> : <Plan table={table} names={names} edit={(rule) => edit({ rule, number: rule.number, trunk: rule.trunk })} />}
          <Unassigned give={(number, trunk) => edit({ rule: null, number, trunk })} mayGive={published.length > 0} trunks={numbers.data.trunks} />
        </div>
      )}
      {edited !== null && <NumberDialog edited={edited} flows={published} trunks={numbers.data?.trunks ?? []} close={() => edit(null)} />}
      {asked.adding && published.length > 0 && numbers.data !== undefined && <NumberDialog edited={EMPTY} flows={published} trunks={numbers.data.trunks} close={asked.close} />}
    </div>
  );
}

function Empty({ published, add }: { published: readonly FlowSummary[]; add: () => void }) {
  const { t } = useTranslation();
  if (published.length > 0) return <Notice title={t("numbers.none")} text={t("numbers.noneText")} action={{ label: t("numbers.add"), run: add }} />;
  return <Notice title={t("numbers.none")} text={t("numbers.noFlow")} />;
}

const NONE: readonly NumberRule[] = [];

const columnsOf = (names: ReadonlyMap<string, string>, anyTrunk: string): Columns<NumberRule> => ({
  number: ({ number }) => number,
  label: ({ label }) => label,
  flow: ({ flow_id: flow }) => names.get(flow) ?? flow,
  language: ({ language }) => languageName(language),
  trunk: ({ trunk }) => (trunk === "" ? anyTrunk : trunk),
});

const languageName = (language: string): string => (language in languages ? languages[language as keyof typeof languages] : language);

interface PlanProps {
  table: Arranged<NumberRule>;
  names: ReadonlyMap<string, string>;
  edit: (rule: NumberRule) => void;
}

function Plan({ table, names, edit }: PlanProps) {
  const { t } = useTranslation();
  return (
    <table className={`${shared.table} ${classes.table}`}>
      <thead>
        <tr>
          <Head table={table} by="number" label={t("numbers.number")} />
          <Head table={table} by="label" label={t("numbers.label")} />
          <Head table={table} by="flow" label={t("numbers.flow")} />
          <Head table={table} by="language" label={t("numbers.language")} />
          <Head table={table} by="trunk" label={t("numbers.trunk")} />
          <th />
        </tr>
      </thead>
      <tbody>
        {table.shown.map((rule) => (
          <tr key={rule.number_id}>
            <td title={rule.number}>
              <b>{rule.number}</b>
            </td>
            <td title={rule.label}>{rule.label}</td>
            <td title={names.get(rule.flow_id)}>
              <Link href={`/admin/flows/${encodeURIComponent(rule.flow_id)}`}>{names.get(rule.flow_id) ?? rule.flow_id}</Link>
            </td>
            <td>{languageName(rule.language)}</td>
            <td title={rule.trunk}>{rule.trunk === "" ? t("numbers.anyTrunk") : rule.trunk}</td>
            <td>
              <Button size="compact-sm" variant="default" aria-label={t("numbers.edit", { number: rule.number })} onClick={() => edit(rule)}>
                {t("numbers.changeIt")}
              </Button>
            </td>
          </tr>
        ))}
        <NoneMatches table={table} columns={6} />
      </tbody>
    </table>
  );
}
