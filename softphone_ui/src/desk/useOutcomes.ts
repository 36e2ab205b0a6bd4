import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { dispositionsQuery } from "../api/dispositions";
import { DISPOSITIONS, outcomesOf, type Outcome } from "./wrapUp";

/** The outcomes of a queue. Until they are here, and when they cannot be had, those of every installation: a wrap-up never waits. */
export function useOutcomes(queueId: string | null): readonly Outcome[] {
  const { t } = useTranslation();
  const { data } = useQuery(dispositionsQuery(queueId));
  return useMemo(() => outcomesOf(data?.items ?? [], DISPOSITIONS.map((value) => ({ value, label: t(`wrapUp.dispositions.${value}`), below: [] }))), [data, t]);
}
