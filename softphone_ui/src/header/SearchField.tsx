import { spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import classes from "./Header.module.css";

/** The search as a field of the header; it opens where the answers have room. Ctrl K from anywhere. */
export function SearchField() {
  const { t } = useTranslation();
  return (
    <button type="button" className={classes.find} onClick={spotlight.open} aria-keyshortcuts="Control+K">
      <IconSearch size={16} stroke={1.7} aria-hidden="true" />
      <span>{t("nav.search")}</span>
      <kbd aria-hidden="true">{t("nav.searchHint")}</kbd>
    </button>
  );
}
