import { ActionIcon, Button, Skeleton } from "@mantine/core";
import { IconDownload, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { behindFile, behindQuery, type Behind, type CountedConversation } from "../api/reports";
import { Link } from "../app/Link";
import { waitRange } from "../common/expected";
import { Notice } from "../common/Notice";
import { inWords } from "../common/say";
import { clock, hourAndMinute, shortDay } from "../format/time";
import { useLocale } from "../i18n";
import type en from "../i18n/en.json";
import classes from "./Reports.module.css";
import { useDownload } from "./useDownload";

interface Props {
  asked: Behind;
  title: string;
  /** What the number is made of, in words; null: it is one thing. */
  parts: string | null;
  zone: string;
  manyDays: boolean;
  close: () => void;
}

/** The conversations behind the chosen number: as many as it says. */
export function BehindPanel({ asked, title, parts, zone, manyDays, close }: Props) {
  const { t } = useTranslation();
  const found = useQuery(behindQuery(asked));
  const [busy, download] = useDownload();
  return (
    <>
      <div className={classes.head}>
        <h2>
          {title} <span>{found.data?.count}</span>
        </h2>
        <ActionIcon variant="subtle" color="gray" aria-label={t("reports.close")} onClick={close}>
          <IconX size={16} />
        </ActionIcon>
      </div>
      {parts !== null && <p className={classes.parts}>{parts}</p>}
      <div className={classes.found} tabIndex={0} role="region" aria-label={title} aria-busy={found.isPending}>
        {found.isPending && [0, 1, 2, 3, 4].map((row) => <Skeleton key={row} height={40} m="8px 14px" w="auto" />)}
        {found.isError && <Notice tone="bad" title={t("reports.cannotLoadBehind")} text={inWords(found.error)} action={{ label: t("app.retry"), run: () => void found.refetch(), busy: found.isFetching }} />}
        {found.isSuccess && found.data.count === 0 && <Notice title={t("reports.nobodyBehind")} />}
        {found.isSuccess && (
          <ul>
            {found.data.items.map((item) => (
              <Item key={`${item.work_id}/${item.stay}`} item={item} zone={zone} manyDays={manyDays} />
            ))}
          </ul>
        )}
        {found.isSuccess && found.data.count > found.data.items.length && <p className={classes.more}>{t("reports.firstOf", { shown: found.data.items.length, count: found.data.count })}</p>}
      </div>
      <div className={classes.actions}>
        <Button variant="default" size="xs" leftSection={<IconDownload size={15} />} loading={busy} disabled={(found.data?.count ?? 0) === 0} onClick={() => download(() => behindFile(asked), `conversations-${asked.counted[0] ?? ""}.csv`)}>
          {t("reports.exportThese")}
        </Button>
      </div>
    </>
  );
}

function Item({ item, zone, manyDays }: { item: CountedConversation; zone: string; manyDays: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const time = hourAndMinute(item.at, locale, zone);
  const quoted = waitRange(item.expected_p50_s, item.expected_p90_s);
  const who = item.readable ? item.customer || item.caller || t("reports.noName") : t("reports.notYours");
  const ended = item.agent_id !== null ? item.agent : item.cause === null ? t("reports.end.waiting") : t(`reports.end.${item.cause as keyof typeof en.reports.end}`);
  return (
    <li>
      <b title={who}>{item.call_id === null ? who : <Link href={`/calls/${item.call_id}`}>{who}</Link>}</b>
      <time dateTime={new Date(item.at * 1000).toISOString()}>{manyDays ? `${shortDay(item.at, locale, zone)} ${time}` : time}</time>
      <small title={`${item.queue} · ${ended}`}>{[item.channel === "call" ? null : t(`channel.${item.channel}`), item.queue, ended].filter(Boolean).join(" · ")}</small>
      <small>{[t("reports.waited", { clock: clock(item.waited_s) }), quoted === null ? null : t("reports.quoted", { range: quoted })].filter(Boolean).join(" · ")}</small>
    </li>
  );
}
