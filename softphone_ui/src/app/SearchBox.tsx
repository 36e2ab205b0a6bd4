import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { customerSearchQuery } from "../api/queries";
import type { Customer } from "../api/live";
import { navigate } from "./router";

/** Ctrl K: anybody by name, number or e-mail. */
export function SearchBox() {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const [settled] = useDebouncedValue(query, 150);
  const found = useQuery({ ...customerSearchQuery(settled), placeholderData: keepPreviousData });
  const customers = query.trim().length >= 2 ? (found.data?.items ?? []) : [];
  return (
    <Spotlight
      actions={customers.map(asAction)}
      query={query}
      onQueryChange={setQuery}
      filter={(_query, actions) => actions}
      shortcut={["mod + K"]}
      scrollable
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.2, blur: 0 }}
      maxHeight={420}
      nothingFound={nothing()}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: t("search.placeholder"), "aria-label": t("search.placeholder") }}
    />
  );

  function nothing(): string {
    if (query.trim().length < 2) return t("search.typeMore");
    if (found.isError) return t("search.failed");
    return found.isFetching || settled !== query ? t("app.loading") : t("search.nothing");
  }
}

function asAction(customer: Customer): SpotlightActionData {
  const detail = [customer.phones[0], customer.emails[0], customer.location].filter(Boolean).join(" · ");
  return {
    id: customer.customer_id ?? "",
    label: customer.name,
    description: detail,
    onClick: () => navigate(`/customers/${customer.customer_id ?? ""}`),
  };
}
