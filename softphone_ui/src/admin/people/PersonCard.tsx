import { Button, Menu } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { auditQuery } from "../../api/audit";
import { ApiError } from "../../api/client";
import { configurationQuery } from "../../api/configuration";
import { addressOf, enableUser, endSession, endSessions, inviteUser, mailQuery, resetSecondStep, sessionsQuery, userQuery, type UserDetails } from "../../api/users";
import { Link } from "../../app/Link";
import { Notice } from "../../common/Notice";
import { inWords, say } from "../../common/say";
import { SessionRow } from "../../common/SessionRow";
import { listed } from "../../common/listed";
import { initials } from "../../format/numbers";
import { clockOfDay } from "../../format/time";
import { languages, useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import { DisableDialog } from "./DisableDialog";
import { PasswordDialog } from "./PasswordDialog";
import { PersonLog } from "./PersonLog";
import classes from "./People.module.css";
import { LOOKS_AFTER, seenWords, skillWords } from "./routing";
import { SignThemOutDialog } from "./SignThemOutDialog";
import { signInWords } from "./signInWords";

/** The one who is chosen: access, sign-ins, and what was done by and with them. */
export function PersonCard({ id, edit }: { id: string; edit: () => void }) {
  const { t } = useTranslation();
  const details = useQuery(userQuery(id));
  return (
    <section className={classes.card} aria-label={details.data?.user.name ?? t("people.person")}>
      {details.isError ? (
        <Notice
          tone={details.error instanceof ApiError && details.error.status === 404 ? "calm" : "bad"}
          title={t("people.gone")}
          text={inWords(details.error)}
          action={{ label: t("app.retry"), run: () => void details.refetch(), busy: details.isFetching }}
        />
      ) : details.isPending ? (
        <div role="status" className={classes.none}>
          {t("app.loading")}
        </div>
      ) : (
        <Person details={details.data} edit={edit} />
      )}
    </section>
  );
}

function Person({ details, edit }: { details: UserDetails; edit: () => void }) {
  const { t } = useTranslation();
  const { user } = details;
  return (
    <>
      <div className={classes.head}>
        <span className={classes.avatar} aria-hidden="true">
          {initials(user.name)}
        </span>
        <h2 title={user.name}>
          {user.name}
          <span>{t(`user.role.${user.role}`)}</span>
        </h2>
        <span className={classes.space} />
        <Actions details={details} edit={edit} />
      </div>
      <div className={classes.columns}>
        <AccessPart details={details} />
        <SessionsPart id={user.user_id} />
        <section aria-label={t("people.log")} tabIndex={0}>
          <h3>
            {t("people.log")}
            <Link href={`/admin/audit/${user.user_id}`}>{t("people.logAll", { name: user.name })}</Link>
          </h3>
          <PersonLog query={auditQuery({ who: "", action: "", about: user.user_id, from: "", until: "", refused: false })} />
        </section>
      </div>
    </>
  );
}

function Actions({ details, edit }: { details: UserDetails; edit: () => void }) {
  const { t } = useTranslation();
  const { user, conversation } = details;
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<"password" | "disable" | "out" | null>(null);
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: ["users"] });
  const out = useMutation({ mutationFn: () => endSessions(user.user_id), onSuccess: again });
  const enable = useMutation({ mutationFn: () => enableUser(user.user_id), onSuccess: again });
  const forget = useMutation({
    mutationFn: () => resetSecondStep(user.user_id),
    onSuccess: async () => {
      say.note(t("people.secondStepReset", { name: user.name }));
      await again();
    },
  });
  const canMail = useQuery(mailQuery).data ?? false;
  const mail = useMutation({
    mutationFn: () => inviteUser(user.user_id, true),
    onSuccess: async () => {
      say.note(t("people.mailed", { address: user.email ?? "" }));
      await again();
    },
  });
  const link = useMutation({
    mutationFn: () => inviteUser(user.user_id),
    onSuccess: async (made) => {
      await navigator.clipboard.writeText(addressOf(made));
      say.note(t("people.copied", { name: user.name }));
      await again();
    },
  });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={edit}>
        {t("people.edit")}
      </Button>
      {user.state !== "disabled" && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="compact-sm" variant="default" loading={link.isPending || mail.isPending || forget.isPending}>
              {t("people.resetSignIn")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => link.mutate()}>{t("people.resetByLink")}</Menu.Item>
            {canMail && user.email !== null && <Menu.Item onClick={() => mail.mutate()}>{t("people.resetByMail")}</Menu.Item>}
            <Menu.Item onClick={() => setDialog("password")}>{t("people.resetByPassword")}</Menu.Item>
            {user.second_step && <Menu.Item onClick={() => forget.mutate()}>{t("people.resetSecondStep")}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      )}
      <Button size="compact-sm" variant="default" loading={out.isPending} onClick={() => (conversation === null ? out.mutate() : setDialog("out"))}>
        {t("people.signOutEverywhere")}
      </Button>
      {user.state === "disabled" ? (
        <Button size="compact-sm" variant="default" loading={enable.isPending} onClick={() => enable.mutate()}>
          {t("people.enable")}
        </Button>
      ) : (
        <Button size="compact-sm" variant="default" color="red" onClick={() => setDialog("disable")}>
          {t("people.disable")}
        </Button>
      )}
      {dialog === "out" && conversation !== null && (
        <SignThemOutDialog
          name={user.name}
          customer={conversation.customer_name || t("people.aCustomer")}
          busy={out.isPending}
          leave={() => out.mutate(undefined, { onSettled: () => setDialog(null) })}
          close={() => setDialog(null)}
        />
      )}
      {dialog === "disable" && <DisableDialog details={details} close={() => setDialog(null)} />}
      {dialog === "password" && <PasswordDialog user={user} close={() => setDialog(null)} />}
    </>
  );
}

function AccessPart({ details: { user, conversation } }: { details: UserDetails }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const document = useQuery(configurationQuery).data?.document;
  const since = useNow((now) => (user.last_sign_in_at === null ? t("people.never") : clockOfDay(user.last_sign_in_at, now, locale)));
  const queues = document === undefined ? [] : user.queues.map((queue) => document.queues[queue]?.name ?? queue);
  const rows: [string, ReactNode][] = [
    [t("people.username"), user.username],
    [t("people.email"), user.email ?? "–"],
    [t("user.language"), languages[user.language === "zh" ? "zh" : "en"]],
    [t("people.signIn"), signInWords(t, user)],
    [t("people.lastSignIn"), since],
    ...(LOOKS_AFTER.includes(user.role) ? ([[t("people.sees"), seenWords(t, document, user)]] as [string, ReactNode][]) : []),
    ...(user.agent_id === null
      ? []
      : ([
          [t("people.skills"), skillWords(document, user.skills) || (queues.length > 0 ? "–" : <em>{t("people.problem.no_skills")}</em>)],
          [t("people.queues"), queues.length > 0 ? listed(queues) : "–"],
          ["", <Link href={`/admin/agents/${user.agent_id}`}>{t("people.routing")}</Link>],
        ] as [string, ReactNode][])),
  ];
  if (conversation !== null) rows.unshift([t("people.now"), t("people.inConversation", { name: conversation.customer_name || t("people.aCustomer") })]);
  return (
    <section aria-label={t("people.access")} tabIndex={0}>
      <h3>{t("people.access")}</h3>
      <dl className={classes.kv}>
        {rows.map(([what, value]) => (
          <Row key={what} what={what} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Row({ what, value }: { what: string; value: ReactNode }) {
  return (
    <>
      <dt>{what}</dt>
      <dd>{value}</dd>
    </>
  );
}

function SessionsPart({ id }: { id: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const sessions = useQuery(sessionsQuery(id));
  const items = sessions.data?.items ?? [];
  return (
    <section aria-label={t("sessions.title")} tabIndex={0}>
      <h3>
        {t("sessions.title")} <span>{items.length}</span>
      </h3>
      {sessions.isError ? (
        <p className={classes.wrong}>{inWords(sessions.error)}</p>
      ) : items.length === 0 ? (
        <p className={classes.help}>{t(sessions.isPending ? "app.loading" : "sessions.none")}</p>
      ) : (
        <ul className={classes.rows}>
          {items.map((session) => (
            <SessionRow
              key={session.session_id}
              session={session}
              className={classes.session}
              end={() => endSession(id, session.session_id)}
              ended={() => queries.invalidateQueries({ queryKey: ["users"] })}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
