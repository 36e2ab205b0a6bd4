import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { auditQuery, type AuditFilter, type AuditItem } from "../../api/audit";
import { Notice } from "../../common/Notice";
import { inWords } from "../../common/say";
import en from "../../i18n/en.json";
import shared from "../table/Table.module.css";
import classes from "./Audit.module.css";
import { AuditRow } from "./AuditRow";

const EVERYTHING: AuditFilter = { who: "", action: "", about: "", from: "", until: "", refused: false };

/** Who saw, heard or changed what: filtered, newest first. `item` is what the log is asked about, from a link elsewhere. */
export function AuditPage({ item }: { item: string | null }) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<AuditFilter>({ ...EVERYTHING, about: item ?? "" });
  const [settled] = useDebouncedValue(filter, 300);
  const entries = useInfiniteQuery({ ...auditQuery(settled), placeholderData: keepPreviousData });
  const items = useMemo(() => entries.data?.pages.flatMap((page) => page.items) ?? [], [entries.data]);
  const narrow = (part: Partial<AuditFilter>): void => setFilter({ ...filter, ...part });
  return (
    <div className={shared.page}>
      <Filters filter={filter} items={items} narrow={narrow} clear={() => setFilter(EVERYTHING)} />
      {entries.isError ? (
        <Notice tone="bad" title={t("audit.cannotLoad")} text={inWords(entries.error)} action={{ label: t("app.retry"), run: () => void entries.refetch(), busy: entries.isFetching }} />
      ) : entries.isPending ? (
        <div role="status" className={shared.loading}>
          {t("app.loading")}
        </div>
      ) : items.length === 0 ? (
        <Notice title={t("audit.none")} text={t("audit.noneText")} />
      ) : (
        <div className={shared.scroll} tabIndex={0} role="region" aria-label={t("admin.section.audit")}>
          <table className={`${shared.table} ${classes.table}`} aria-busy={entries.isPlaceholderData}>
            <thead>
              <tr>
                <th>{t("audit.when")}</th>
                <th>{t("audit.who")}</th>
                <th>{t("audit.what")}</th>
                <th>{t("audit.about")}</th>
                <th>{t("audit.details")}</th>
                <th>{t("audit.from")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((entry) => (
                <AuditRow key={entry.audit_id} entry={entry} narrow={narrow} />
              ))}
            </tbody>
          </table>
          {entries.hasNextPage && (
            <Button variant="default" m={16} onClick={() => void entries.fetchNextPage()} loading={entries.isFetchingNextPage}>
              {t("audit.older")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

interface FiltersProps {
  filter: AuditFilter;
  items: readonly AuditItem[];
  narrow: (part: Partial<AuditFilter>) => void;
  clear: () => void;
}

function Filters({ filter, items, narrow, clear }: FiltersProps) {
  const { t } = useTranslation();
  const people = useMemo(() => {
    const known = new Map(items.flatMap((entry) => (entry.user_id !== null && entry.user !== "" ? [[entry.user_id, entry.user]] : [])));
    if (filter.who !== "" && filter.who !== "system" && !known.has(filter.who)) known.set(filter.who, filter.who);
    const named = [...known].map(([value, label]) => ({ value, label })).sort((one, other) => one.label.localeCompare(other.label));
    return [...named, { value: "system", label: t("audit.system") }];
  }, [items, filter.who, t]);
  const actions = useMemo(
    () => (Object.keys(en.audit.action) as (keyof typeof en.audit.action)[]).map((value) => ({ value, label: t(`audit.action.${value}`) })).sort((one, other) => one.label.localeCompare(other.label)),
    [t],
  );
  const clean = Object.values(filter).every((value) => value === "" || value === false);
  return (
    <form className={classes.filters} role="search" aria-label={t("audit.filter")} onSubmit={(event) => event.preventDefault()}>
      <Select aria-label={t("audit.who")} placeholder={t("audit.anyone")} data={people} value={filter.who || null} onChange={(who) => narrow({ who: who ?? "" })} clearable searchable w={176} />
      <Select aria-label={t("audit.what")} placeholder={t("audit.anything")} data={actions} value={filter.action || null} onChange={(action) => narrow({ action: action ?? "" })} clearable searchable w={216} />
      <TextInput aria-label={t("audit.about")} placeholder={t("audit.aboutHint")} value={filter.about} onChange={(event) => narrow({ about: event.currentTarget.value })} w={200} />
      <TextInput type="date" aria-label={t("audit.since")} value={filter.from} onChange={(event) => narrow({ from: event.currentTarget.value })} />
      <TextInput type="date" aria-label={t("audit.until")} value={filter.until} onChange={(event) => narrow({ until: event.currentTarget.value })} />
      <Checkbox label={t("audit.refusedOnly")} checked={filter.refused} onChange={(event) => narrow({ refused: event.currentTarget.checked })} />
      <Button variant="subtle" onClick={clear} disabled={clean}>
        {t("audit.clear")}
      </Button>
    </form>
  );
}
