import { Button, Checkbox, CloseButton, CopyButton, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Language } from "../../api/live";
import { httpsQuery } from "../../api/queries";
import { addressOf, addUser, mailQuery, type AddedUser, type InvitationLink } from "../../api/users";
import { inWords } from "../../common/say";
import { clockOfDay } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import { parsePeople, type Entry } from "./parse";
import classes from "./People.module.css";
import { PersonFields, type Access } from "./PersonFields";
import { LOOKS_AFTER } from "./routing";

interface Failed {
  entry: Entry;
  why: string;
}

/** Links that have taken the place of earlier ones, by whose they are. */
export type Renewed = Readonly<Record<string, InvitationLink>>;

/** Several people at once: each is there at once and gets a link; who could not be added stays in the list with the reason. */
export function InviteDrawer({ renewed, close }: { renewed: Renewed; close: () => void }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [access, setAccess] = useState<Access>({ role: "agent", takes_work: true, language: i18n.language as Language, skills: {}, only_queues: null });
  const [added, setAdded] = useState<AddedUser[]>([]);
  const canMail = useQuery(mailQuery).data ?? false;
  const [wanted, setWanted] = useState(true);
  const mail = canMail && wanted;
  const [failed, setFailed] = useState<Failed[]>([]);
  const { entries, bad } = parsePeople(text);
  const invite = useMutation({
    mutationFn: async () => {
      const refused: Failed[] = [];
      for (const entry of entries) {
        try {
          const one = await addUser({ ...entry, ...access, skills: access.takes_work ? access.skills : {}, only_queues: LOOKS_AFTER.includes(access.role) ? access.only_queues : null }, mail && entry.email !== null);
          setAdded((before) => [...before, one]);
        } catch (error) {
          refused.push({ entry, why: inWords(error) });
        }
      }
      setFailed(refused);
      setText(refused.map(({ entry }) => [entry.name, entry.email].filter(Boolean).join(" ")).join("\n"));
    },
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["users"] });
      await queries.invalidateQueries({ queryKey: ["configuration"] });
    },
  });
  return (
    <aside className={`${classes.card} ${classes.drawer}`} aria-label={t("people.invite")}>
      <div className={classes.head}>
        <h2>{t("people.invite")}</h2>
        <span className={classes.space} />
        <CloseButton aria-label={t("app.close")} onClick={close} />
      </div>
      <form
        className={classes.form}
        id="invite"
        onSubmit={(event) => {
          event.preventDefault();
          if (entries.length > 0) invite.mutate();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && event.ctrlKey) event.currentTarget.requestSubmit();
        }}
      >
        {added.length > 0 && <Links added={added} renewed={renewed} />}
        <Textarea
          label={t("people.who")}
          description={t("people.whoHelp")}
          placeholder={"Tessa Lindqvist tessa@northwind.example"}
          autosize
          minRows={3}
          maxRows={8}
          autoFocus
          value={text}
          error={bad.length > 0 ? t("people.badLines", { lines: bad.join(", ") }) : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {failed.map(({ entry, why }) => (
          <p key={entry.email ?? entry.name} className={classes.wrong} role="alert">
            {entry.name}: {why}
          </p>
        ))}
        <PersonFields value={access} change={(part) => setAccess({ ...access, ...part })} />
        {canMail && <Checkbox label={t("people.mail")} description={t("people.mailHelp")} checked={wanted} onChange={(event) => setWanted(event.currentTarget.checked)} />}
        <p className={classes.help}>{t(mail ? "people.linksMailed" : "people.linksHelp")}</p>
      </form>
      <div className={classes.foot}>
        <Button type="submit" form="invite" disabled={entries.length === 0 || bad.length > 0} loading={invite.isPending}>
          {entries.length === 0 ? t("people.invite") : t("people.inviteCount", { count: entries.length })}
        </Button>
        <Button variant="default" onClick={close}>
          {t(added.length > 0 ? "app.close" : "admin.cancel")}
        </Button>
      </div>
    </aside>
  );
}

function Links({ added, renewed }: { added: readonly AddedUser[]; renewed: Renewed }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const links = added.flatMap(({ user, link: first }) => {
    const link = renewed[user.user_id] ?? first;
    return link === null ? [] : [{ user, address: addressOf(link), until: link.expires_at }];
  });
  const own = useQuery(httpsQuery).data?.kind === "own";
  const until = useNow((now) => (links[0] === undefined ? "" : clockOfDay(links[0].until, now, locale)));
  return (
    <section aria-label={t("people.links")}>
      <p className={classes.label}>{t("people.links")}</p>
      <p className={classes.help}>{t("people.linksOnce", { when: until })}</p>
      {own && links[0] !== undefined && <p className={classes.help}>{t("people.firstOpen", { address: `${new URL(links[0].address).origin.replace("https:", "http:")}/` })}</p>}
      {links.map(({ user, address }) => (
        <div key={user.user_id} className={classes.link}>
          <b>{user.name}</b>
          <CopyButton value={address}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" onClick={copy} aria-label={t("people.copyLinkOf", { name: user.name })}>
                {t(copied ? "people.linkCopied" : "people.copyLink")}
              </Button>
            )}
          </CopyButton>
          <code>{address}</code>
        </div>
      ))}
    </section>
  );
}
