import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { configurationQuery } from "../../api/configuration";
import { addressOf, enableUser, inviteUser, PAGE, type InvitationLink, type User, type UserPage } from "../../api/users";
import { Link } from "../../app/Link";
import { say } from "../../common/say";
import { initials } from "../../format/numbers";
import { clockOfDay, exact, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";
import classes from "./People.module.css";
import { LOOKS_AFTER, seenWords, skillWords } from "./routing";
import { signInWords } from "./signInWords";

interface Props {
  page: UserPage;
  offset: number;
  turn: (offset: number) => void;
  chosen: string | null;
  choose: (user: User) => void;
  busy: boolean;
  /** A link took the place of the one before. */
  renewed: (user: User, link: InvitationLink) => void;
}

/** One row each, by name. A row that cannot work yet says why, and has the button that mends it. */
export function PeopleList({ page, offset, turn, chosen, choose, busy, renewed }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={t("people.title")}>
      <table className={classes.list} aria-busy={busy}>
        <thead>
          <tr>
            <th>{t("people.name")}</th>
            <th>{t("people.roleAndSkills")}</th>
            <th>{t("people.signIn")}</th>
            <th>{t("people.lastSeen")}</th>
            <th>
              <span className="visually-hidden">{t("people.mend")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {page.items.map((user) => (
            <Row key={user.user_id} user={user} chosen={user.user_id === chosen} choose={choose} renewed={renewed} />
          ))}
        </tbody>
      </table>
      {page.total > PAGE && <Pager total={page.total} offset={offset} turn={turn} />}
    </div>
  );
}

function Pager({ total, offset, turn }: { total: number; offset: number; turn: (offset: number) => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.pager}>
      <Button variant="default" disabled={offset === 0} onClick={() => turn(Math.max(0, offset - PAGE))}>
        {t("people.before")}
      </Button>
      <span>{t("people.shown", { from: offset + 1, to: Math.min(offset + PAGE, total), total })}</span>
      <Button variant="default" disabled={offset + PAGE >= total} onClick={() => turn(offset + PAGE)}>
        {t("people.after")}
      </Button>
    </div>
  );
}

function Row({ user, chosen, choose, renewed }: { user: User; chosen: boolean } & Pick<Props, "choose" | "renewed">) {
  const { t } = useTranslation();
  const locale = useLocale();
  const document = useQuery(configurationQuery).data?.document;
  const queues = LOOKS_AFTER.includes(user.role) ? seenWords(t, document, user) : "";
  const what = [queues, skillWords(document, user.skills)].filter(Boolean).join(" · ");
  const seen = user.last_seen_at ?? user.last_sign_in_at;
  const lastSeen = useNow((now) => (seen === null ? t("people.never") : near(seen, now, locale)));
  return (
    <tr className={classes.row} data-state={user.state} aria-selected={chosen} onClick={() => choose(user)}>
      <td>
        <div className={classes.who}>
          <span className={classes.avatar} aria-hidden="true">
            {initials(user.name)}
          </span>
          <span className={classes.two}>
            <Link href={`/admin/people/${user.user_id}`} title={user.name} onClick={(event) => event.stopPropagation()}>
              {user.name}
            </Link>
            <small title={user.email ?? user.username}>{user.email ?? user.username}</small>
          </span>
        </div>
      </td>
      <td>
        <span className={classes.two}>
          <span>
            {t(`user.role.${user.role}`)}
            {user.agent_id !== null && user.role !== "agent" && t("people.andAgent")}
          </span>
          <small title={what}>{user.problem === "no_skills" || user.problem === "no_queue" ? <em>{t(`people.problem.${user.problem}`)}</em> : what}</small>
        </span>
      </td>
      <td>
        <SignIn user={user} />
      </td>
      <td title={seen === null ? undefined : exact(seen, locale)}>{lastSeen}</td>
      <td onClick={(event) => event.stopPropagation()}>
        <Mend user={user} renewed={renewed} />
      </td>
    </tr>
  );
}

function SignIn({ user }: { user: User }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const said = useNow((now) => {
    const on = (at: number | null | undefined): string => (at === null || at === undefined ? "" : clockOfDay(at, now, locale));
    if (user.state === "disabled") return `${t("people.disabledOn", { when: on(user.disabled_at) })}\n${user.disabled_reason}`;
    if (user.problem === "invitation_expired") return `${t("people.problem.invitation_expired")}\n${on(user.invitation?.expires_at)}`;
    if (user.problem === "no_invitation") return `${t("people.problem.no_invitation")}\n`;
    if (user.state === "invited")
      return `${t("people.invitedOn", { when: on(user.invitation?.created_at) })}\n${t("people.validUntil", { when: on(user.invitation?.expires_at) })}`;
    return `${signInWords(t, user)}\n${user.demo ? t("people.demoPassword") : user.must_change_password ? t("people.mustChange") : ""}`;
  });
  const [first = "", second = ""] = said.split("\n");
  const amber = user.problem === "invitation_expired" || user.problem === "no_invitation";
  return (
    <span className={classes.two}>
      <span>{amber ? <em>{first}</em> : first}</span>
      <small title={second}>{user.demo || user.must_change_password ? <em>{second}</em> : second}</small>
    </span>
  );
}

/** What brings this person to work, where something is missing. */
function Mend({ user, renewed }: { user: User } & Pick<Props, "renewed">) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: ["users"] });
  const enable = useMutation({ mutationFn: () => enableUser(user.user_id), onSuccess: again });
  const invite = useMutation({
    mutationFn: () => inviteUser(user.user_id),
    onSuccess: async (link) => {
      renewed(user, link);
      await navigator.clipboard.writeText(addressOf(link));
      say.note(t("people.copied", { name: user.name }));
      await again();
    },
  });
  if (user.state === "disabled")
    return (
      <Button size="compact-sm" variant="default" loading={enable.isPending} onClick={() => enable.mutate()} aria-label={t("people.enableOne", { name: user.name })}>
        {t("people.enable")}
      </Button>
    );
  if (user.state === "invited")
    return (
      <Button size="compact-sm" variant="default" loading={invite.isPending} onClick={() => invite.mutate()} aria-label={t("people.copyLinkOf", { name: user.name })}>
        {t("people.copyLink")}
      </Button>
    );
  return null;
}
