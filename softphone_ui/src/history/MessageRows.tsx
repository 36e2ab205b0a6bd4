import { Button, Skeleton } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Fragment, useEffect, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Message } from "../api/live";
import { messagesQuery } from "../api/queries";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import { exact, hourAndMinute, sameDay, theDay } from "../format/time";
import { useLocale } from "../i18n";
import classes from "./History.module.css";
import { scrollParent } from "./scrollParent";

interface Props {
  interactionId: string;
  customer: string;
  /** Opened at this message; otherwise at the newest. */
  at?: string | undefined;
}

/** What was written, row by row, oldest first: opened at its end or at what was clicked; older rows come above without a jump. */
export function MessageRows({ interactionId, customer, at }: Props) {
  const { t } = useTranslation();
  const pages = useInfiniteQuery(messagesQuery(interactionId, at ?? null));
  const messages = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const rows = useRef<HTMLOListElement>(null);
  const opened = useRef(false);
  const height = useRef<number | null>(null);
  const first = messages[0]?.message_id;

  useLayoutEffect(() => {
    if (opened.current || rows.current === null) return;
    opened.current = true;
    const clicked = at === undefined ? null : rows.current.querySelector(`[data-message="${CSS.escape(at)}"]`);
    if (clicked) clicked.scrollIntoView({ block: "center" });
    else rows.current.lastElementChild?.scrollIntoView({ block: "end" });
  }, [at, first]);

  // What comes above must not push away what is being read.
  useLayoutEffect(() => {
    const view = scrollParent(rows.current);
    if (view !== null && height.current !== null) view.scrollTop += view.scrollHeight - height.current;
    height.current = null;
  }, [first]);

  const { fetchPreviousPage, hasPreviousPage, isFetchingPreviousPage } = pages;
  const older = (): void => {
    height.current = scrollParent(rows.current)?.scrollHeight ?? null;
    void fetchPreviousPage();
  };
  const top = useRef<HTMLDivElement>(null);
  const loadOlder = useRef(older);
  useEffect(() => {
    loadOlder.current = older;
  });
  useEffect(() => {
    if (top.current === null || !hasPreviousPage || isFetchingPreviousPage) return undefined;
    const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && loadOlder.current());
    seen.observe(top.current);
    return () => seen.disconnect();
  }, [hasPreviousPage, isFetchingPreviousPage]);

  if (pages.isPending) {
    return (
      <div role="status" aria-label={t("app.loading")} className={classes.loading}>
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} height={36} />
        ))}
      </div>
    );
  }
  if (pages.isError) {
    return (
      <Notice
        tone="bad"
        title={t("reading.failed")}
        text={inWords(pages.error)}
        action={{ label: t("app.retry"), run: () => void pages.refetch(), busy: pages.isFetching }}
      />
    );
  }
  if (messages.length === 0) return <p className={classes.quiet}>{t("reading.nothing")}</p>;
  return (
    <div className={classes.reading}>
      <div ref={top} className={classes.top}>
        {hasPreviousPage && (
          <Button size="compact-xs" variant="default" loading={isFetchingPreviousPage} onClick={older}>
            {t("reading.earlier")}
          </Button>
        )}
      </div>
      <ol ref={rows} className={classes.rows} aria-label={t("reading.messages")}>
        {messages.map((message, place) => (
          <Fragment key={message.message_id}>
            <Day at={message.at} before={messages[place - 1]?.at} />
            <Row message={message} customer={customer} clicked={message.message_id === at} />
          </Fragment>
        ))}
      </ol>
      {pages.hasNextPage && (
        <Button size="compact-xs" variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t("reading.later")}
        </Button>
      )}
    </div>
  );
}

function Day({ at, before }: { at: number; before: number | undefined }) {
  const locale = useLocale();
  if (before !== undefined && sameDay(at, before)) return null;
  return <li className={classes.day}>{theDay(at, locale)}</li>;
}

function Row({ message, customer, clicked }: { message: Message; customer: string; clicked: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const note = message.kind === "note";
  return (
    <li className={classes.row} data-party={message.party} data-kind={message.kind} data-clicked={clicked || undefined} data-message={message.message_id}>
      <time dateTime={new Date(message.at * 1000).toISOString()} title={exact(message.at, locale)}>
        {hourAndMinute(message.at, locale)}
      </time>
      <b>{who()}</b>
      <div className={classes.words}>
        {note && (
          <span className={classes.note}>
            <IconLock size={14} aria-hidden="true" /> {t("reading.note")}
          </span>
        )}
        {message.text}
        {message.attachments.map((file) => (
          <span key={file.file_id || file.name} className={classes.file}>
            {file.name}
          </span>
        ))}
      </div>
    </li>
  );

  function who(): string {
    if (message.party === "customer") return firstName(message.author) ?? firstName(customer) ?? t("customer.title");
    if (message.party === "bot") return t("reading.bot");
    if (message.party === "system") return "";
    return firstName(message.author) ?? t("reading.us");
  }
}

/** Null: nothing is known. */
function firstName(name: string): string | null {
  const [first = ""] = name.trim().split(" ");
  return first === "" ? null : first;
}
