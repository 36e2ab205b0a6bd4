import { Button } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useHotkeys } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useLocale } from "../i18n";

import type { TimelineItem } from "../api/live";
import { CallRecordLoader } from "../calls/CallRecordLoader";
import { ChannelIcon } from "../common/ChannelIcon";
import { recordedWords } from "../common/recorded";
import { exact } from "../format/time";
import classes from "./Customer.module.css";

/** One item of the history, opened in its column: nothing else on the desk moves or is covered. Escape goes back. */
export function ItemDetail({ item, customer, back }: { item: TimelineItem; customer: string; back: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  useHotkeys([["Escape", back]]);
  return (
    <div className={classes.detail}>
      <div>
        <Button variant="subtle" size="compact-sm" ml={-8} leftSection={<IconArrowLeft size={16} />} onClick={back} autoFocus>
          {t("customer.backToCustomer", { name: customer })}
        </Button>
      </div>
      <div className={classes.detailHead}>
        <h3>
          <ChannelIcon channel={item.channel} /> {recordedWords(t, item.title) || t(`channel.${item.channel}`)}
        </h3>
        <div className={classes.faint}>
          {[exact(item.at, locale), item.by, item.ticket_number === null ? null : `#${item.ticket_number}`].filter(Boolean).join(" · ")}
        </div>
        {item.status !== "" && (
          <div className={classes.status} data-status={item.status}>
            {t(`status.${item.status}`)}
          </div>
        )}
      </div>
      {item.text !== "" && <div className={classes.body}>{recordedWords(t, item.text)}</div>}
      {item.call_id !== null && <CallRecordLoader callId={item.call_id} narrow />}
    </div>
  );
}
