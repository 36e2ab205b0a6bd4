import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { trunksQuery } from "../../api/trunks";
import classes from "../Admin.module.css";

/** How many trunks are down. */
export function TrunksBadge() {
  const { t } = useTranslation();
  const { data } = useQuery(trunksQuery);
  const down = (data?.items ?? []).filter(({ state }) => state === "down").length;
  if (down === 0) return null;
  return (
    <span className={classes.badge} data-tone="bad" aria-label={t("trunks.count", { count: down })}>
      {down}
    </span>
  );
}
