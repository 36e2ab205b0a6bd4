import { Button, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import { discard, handIn, lettersQuery, type Letter, type Shown } from "../../api/deadLetters";
import { Notice } from "../../common/Notice";
import { undeliveredWords } from "../../common/recorded";
import { inWords, say } from "../../common/say";
import { exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import en from "../../i18n/en.json";
import { useNow } from "../../live/useNow";
import classes from "./DeadLetters.module.css";

/** Messages that could not be used: which, where and why, by their ids; each can be handed in again or discarded. */
export function DeadLettersView() {
  const { t } = useTranslation();
  const [show, setShow] = useState<Shown>("waiting");
  const letters = useInfiniteQuery(lettersQuery(show));
  const items = letters.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <p className={classes.help}>{t("aside.help")}</p>
        <SegmentedControl
          aria-label={t("aside.show")}
          value={show}
          onChange={setShow}
          data={[
            { value: "waiting", label: t("aside.waiting") },
            { value: "all", label: t("aside.all") },
          ] satisfies { value: Shown; label: string }[]}
        />
      </header>
      {letters.isError && (
        <Notice tone="bad" title={t("aside.cannotLoad")} text={inWords(letters.error)} action={{ label: t("app.retry"), run: () => void letters.refetch(), busy: letters.isFetching }} />
      )}
      {letters.isPending && (
        <div role="status" className={classes.help}>
          {t("app.loading")}
        </div>
      )}
      {letters.isSuccess && items.length === 0 && <Notice title={t("aside.none")} text={t("aside.noneText")} />}
      {items.length > 0 && (
        <ul className={classes.list} aria-label={t("admin.view.set-aside")}>
          {items.map((letter) => (
            <Entry key={letter.letter_id} letter={letter} />
          ))}
        </ul>
      )}
      {letters.hasNextPage && (
        <Button variant="default" onClick={() => void letters.fetchNextPage()} loading={letters.isFetchingNextPage}>
          {t("aside.more")}
        </Button>
      )}
    </div>
  );
}

function Entry({ letter }: { letter: Letter }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => near(letter.at, now, locale));
  const queries = useQueryClient();
  const done = () => queries.invalidateQueries({ queryKey: ["dead-letters"] });
  const again = useMutation({ mutationFn: () => handIn(letter.letter_id), onSuccess: () => say.note(t("aside.handedIn")), onSettled: done });
  const away = useMutation({ mutationFn: () => discard(letter.letter_id), onSettled: done });
  const failed = again.error ?? away.error;
  const title = letter.kind === "" ? t("aside.unknown") : letter.kind;
  return (
    <li className={classes.letter} data-state={letter.state}>
      <div className={classes.what}>
        <b>{title}</b>
        <span>{t(`aside.stage.${letter.stage}`, { part: letter.part })}</span>
        <time title={exact(letter.at, locale)}>{when}</time>
      </div>
      <dl className={classes.ids}>
        {Object.entries(letter.ids).map(([name, id]) => (
          <div key={name}>
            <dt title={name}>{idWords(t, name)}</dt>
            <dd>{id}</dd>
          </div>
        ))}
      </dl>
      {letter.stage === "send" ? <p className={classes.reason}>{undeliveredWords(t, letter.reason)}</p> : <code className={classes.reason}>{letter.reason}</code>}
      <div className={classes.buttons}>
        <span className={classes.state}>
          {letter.state !== "waiting" && t(`aside.state.${letter.state}`, { by: letter.settled_by })}
          {letter.state === "waiting" && letter.tries > 0 && t("aside.tries", { count: letter.tries })}
          {failed && <span role="alert">{inWords(failed)}</span>}
        </span>
        {letter.state === "waiting" && (
          <>
            <Button variant="default" size="xs" aria-label={t("aside.discardOne", { what: title })} onClick={() => away.mutate()} loading={away.isPending}>
              {t("aside.discard")}
            </Button>
            {letter.can_be_handed_in && (
              <Button size="xs" aria-label={t("aside.handInOne", { what: title })} onClick={() => again.mutate()} loading={again.isPending}>
                {t("aside.handIn")}
              </Button>
            )}
          </>
        )}
      </div>
    </li>
  );
}

/** «call_id» → «Call»; the name of what only machines know stays. */
function idWords(t: TFunction, name: string): string {
  const kind = name.replace(/_id$/, "");
  return kind in en.audit.kind ? t(`audit.kind.${kind as keyof typeof en.audit.kind}`) : name;
}
