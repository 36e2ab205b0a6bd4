import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { callQuery } from "../api/queries";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import { CallRecordView } from "./CallRecordView";

/** Fetches one call's record and shows it, its skeleton, or what went wrong. */
export function CallRecordLoader({ callId, narrow = false }: { callId: string; narrow?: boolean }) {
  const { t } = useTranslation();
  const call = useQuery(callQuery(callId));
  if (call.isPending) {
    return (
      <div role="status" aria-label={t("app.loading")}>
        <Skeleton height={56} radius={12} />
        <Skeleton height={48} width="70%" mt={16} radius={12} />
        <Skeleton height={48} width="70%" mt={12} ml="30%" radius={12} />
      </div>
    );
  }
  if (call.isError) {
    return (
      <Notice
        tone="bad"
        title={t("calls.recordFailed")}
        text={inWords(call.error)}
        action={{ label: t("app.retry"), run: () => void call.refetch(), busy: call.isFetching }}
      />
    );
  }
  return <CallRecordView key={callId} call={call.data} narrow={narrow} />;
}
