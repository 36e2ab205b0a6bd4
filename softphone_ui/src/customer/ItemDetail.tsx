import { ActionIcon, Button, Skeleton, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowLeft, IconArrowUp } from "@tabler/icons-react";
import { useHotkeys } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Interaction, TimelineItem } from "../api/live";
import { interactionQuery } from "../api/queries";
import { CallRecordLoader } from "../calls/CallRecordLoader";
import { byWords } from "../calls/handled";
import { ChannelIcon } from "../common/ChannelIcon";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import { recordedWords } from "../common/recorded";
import { exact } from "../format/time";
import classes from "../history/History.module.css";
import { MessageRows } from "../history/MessageRows";
import { useLocale } from "../i18n";
import customer from "./Customer.module.css";

interface Props {
  id: string;
  /** What the list knows of it, shown while the rest is on its way. */
  first?: TimelineItem | undefined;
  name: string;
  /** Opened at this message. */
  at?: string | undefined;
  back: () => void;
  /** The next or the previous one, without leaving. */
  open: (id: string) => void;
}

/** One conversation of the history, opened whole in its column: nothing else on the desk moves or is covered. Escape goes back. */
export function ItemDetail({ id, first, name, at, back, open }: Props) {
  const { t } = useTranslation();
  const found = useQuery(interactionQuery(id));
  const item = found.data ?? first;
  const { earlier = null, later = null } = found.data ?? {};
  const step = (to: string | null) => () => to !== null && open(to);
  useHotkeys([
    ["Escape", back],
    ["alt+ArrowUp", step(earlier)],
    ["alt+ArrowDown", step(later)],
  ]);
  return (
    <div className={classes.detail}>
      <div className={classes.head}>
        <div className={classes.nav}>
          <Button variant="subtle" size="compact-sm" ml={-8} leftSection={<IconArrowLeft size={16} />} onClick={back} autoFocus>
            {t("customer.backToCustomer", { name: name || t("customer.title") })}
          </Button>
          <Step label={t("reading.previous")} keys="Alt ↑" up run={step(earlier)} off={earlier === null} />
          <Step label={t("reading.next")} keys="Alt ↓" run={step(later)} off={later === null} />
        </div>
        {item === undefined ? <Skeleton height={42} mt={8} /> : <Title item={item} />}
      </div>
      {found.isError ? (
        <Notice
          tone="bad"
          title={t("reading.failed")}
          text={inWords(found.error)}
          action={{ label: t("app.retry"), run: () => void found.refetch(), busy: found.isFetching }}
        />
      ) : (
        found.data !== undefined && <Whole key={id} item={found.data} name={name} at={at} />
      )}
    </div>
  );
}

function Step({ label, keys, up = false, run, off }: { label: string; keys: string; up?: boolean; run: () => void; off: boolean }) {
  return (
    <Tooltip label={`${label} · ${keys}`}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} aria-keyshortcuts={up ? "Alt+ArrowUp" : "Alt+ArrowDown"} onClick={run} disabled={off}>
        {up ? <IconArrowUp size={16} /> : <IconArrowDown size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Title({ item }: { item: TimelineItem | Interaction }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const number = item.ticket_number === null ? "" : `#${item.ticket_number} `;
  return (
    <>
      <h3 className={classes.title}>
        <ChannelIcon channel={item.channel} /> {number}
        {recordedWords(t, item.title) || t(`channel.${item.channel}`)}
      </h3>
      <div className={classes.facts}>
        {[t(`channel.${item.channel}`), exact(item.at, locale), byWords(t, item.by_before, item.by)].filter(Boolean).join(" · ")}
        {item.status !== "" && (
          <>
            {" · "}
            <span className={customer.status} data-status={item.status}>
              {t(`status.${item.status}`)}
            </span>
          </>
        )}
      </div>
    </>
  );
}

/** What was said: a call's recording and words, what was written, or the line that is all there is. */
function Whole({ item, name, at }: { item: Interaction; name: string; at: string | undefined }) {
  const { t } = useTranslation();
  if (item.channel === "call" && item.call_id !== null) return <CallRecordLoader callId={item.call_id} narrow />;
  if (item.messages > 0) return <MessageRows interactionId={item.interaction_id} customer={item.customer_name || name} at={at} />;
  return item.text === "" ? <p className={classes.quiet}>{t("reading.nothing")}</p> : <div className={customer.body}>{recordedWords(t, item.text)}</div>;
}
