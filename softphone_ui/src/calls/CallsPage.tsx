import { useTranslation } from "react-i18next";

import { Notice } from "../common/Notice";
import { CallList } from "./CallList";
import { CallRecordLoader } from "./CallRecordLoader";
import classes from "./Calls.module.css";

/** All calls, newest first; the chosen one with recording and text beside the list. */
export function CallsPage({ callId }: { callId: string | null }) {
  const { t } = useTranslation();
  return (
    <main className={classes.page} aria-label={t("calls.title")}>
      <CallList chosen={callId} />
      <div className={classes.opened}>
        {callId === null ? (
          <Notice title={t("calls.choose")} />
        ) : (
          <div className={classes.sheet}>
            <CallRecordLoader callId={callId} />
          </div>
        )}
      </div>
    </main>
  );
}
