import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { lettersQuery } from "../../api/deadLetters";
import classes from "../Admin.module.css";

/** How many messages wait to be looked at. */
export function SetAsideBadge() {
  const { t } = useTranslation();
  const letters = useInfiniteQuery({ ...lettersQuery("waiting"), staleTime: 30_000 });
  const waiting = letters.data?.pages[0]?.waiting ?? 0;
  if (waiting === 0) return null;
  return (
    <span className={classes.badge} data-tone="warn" aria-label={t("aside.count", { count: waiting })}>
      {waiting}
    </span>
  );
}
