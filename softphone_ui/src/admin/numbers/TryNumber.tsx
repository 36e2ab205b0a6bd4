import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { findQuery } from "../../api/numbers";
import classes from "./Numbers.module.css";

/** What would answer a number as it is dialled, before anybody dials it. */
export function TryNumber({ names }: { names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation();
  const [typed, type] = useState("");
  const [called] = useDebouncedValue(typed.trim(), 250);
  const found = useQuery({ ...findQuery(called, ""), enabled: called !== "" });
  const rule = found.data?.rule;
  const words =
    called === "" || found.data === undefined ? "" : rule ? t("numbers.answers", { flow: names.get(rule.flow_id) ?? rule.flow_id, number: rule.number }) : t("numbers.nothingAnswers");
  return (
    <div className={classes.try}>
      <TextInput size="xs" aria-label={t("numbers.try")} placeholder={`${t("numbers.try")} ${t("numbers.tryHelp")}`} value={typed} maxLength={64} onChange={(event) => type(event.currentTarget.value)} />
      <span role="status" title={words} data-none={rule === null || undefined}>
        {words}
      </span>
    </div>
  );
}
