import { Spotlight, spotlight, type SpotlightActionData, type SpotlightActionGroupData } from "@mantine/spotlight";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch, IconUser } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Hit, HitGroup } from "../api/live";
import { searchQuery } from "../api/queries";
import { ChannelIcon } from "../common/ChannelIcon";
import { recordedWords } from "../common/recorded";
import { near } from "../format/time";
import { useLocale } from "../i18n";
import { hrefOf } from "./hits";
import { navigate } from "./router";

/** Ctrl K: people, tickets, messages and what was said, by whatever is typed. Enter opens the first. */
export function SearchBox() {
  const { t } = useTranslation();
  const locale = useLocale();
  const [query, setQuery] = useState("");
  const [settled] = useDebouncedValue(query, 150);
  const found = useQuery({ ...searchQuery(settled), placeholderData: keepPreviousData });
  const groups = query.trim() === "" ? [] : (found.data?.groups ?? []).filter((group) => group.items.length > 0);
  const first = groups[0]?.items[0];
  const open = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing || first === undefined || settled !== query) return;
    if (document.querySelector("[data-selected].mantine-Spotlight-action") !== null) return;
    event.preventDefault();
    spotlight.close();
    navigate(hrefOf(first));
  };
  return (
    <Spotlight
      actions={groups.map(asGroup)}
      query={query}
      onQueryChange={setQuery}
      filter={(_query, actions) => actions}
      shortcut={["mod + K"]}
      scrollable
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.2, blur: 0 }}
      maxHeight={560}
      nothingFound={nothing()}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: t("search.placeholder"), "aria-label": t("search.placeholder"), onKeyDown: open }}
    />
  );

  function nothing(): string {
    if (query.trim() === "") return t("search.hint");
    if (found.isError) return t("search.failed");
    return found.isFetching || settled !== query ? t("app.loading") : t("search.nothing");
  }

  function asGroup(group: HitGroup): SpotlightActionGroupData {
    const more = group.count > group.items.length;
    return { group: more ? t("search.counted", { kind: t(`search.${group.kind}`), count: group.count }) : t(`search.${group.kind}`), actions: group.items.map(asAction) };
  }

  function asAction(hit: Hit): SpotlightActionData {
    return {
      id: `${hit.kind}/${hit.id}`,
      label: titleOf(hit),
      description: hit.kind === "people" ? hit.text : [hit.customer_name || t("search.nobodys"), hit.text].filter(Boolean).join(" · "),
      leftSection: hit.channel === null ? <IconUser size={18} stroke={1.6} /> : <ChannelIcon channel={hit.channel} />,
      rightSection: hit.at === null ? undefined : <time dateTime={new Date(hit.at * 1000).toISOString()}>{near(hit.at, Date.now() / 1000, locale)}</time>,
      onClick: () => navigate(hrefOf(hit)),
    };
  }

  function titleOf(hit: Hit): string {
    const title = hit.channel === null ? hit.title : recordedWords(t, hit.title) || t(`channel.${hit.channel}`);
    return hit.ticket_number === null ? title : `#${hit.ticket_number} ${title}`;
  }
}
