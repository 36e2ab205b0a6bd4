import { Button, Paper, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../api/client";
import type { Language } from "../api/live";
import { sessionQuery } from "../api/queries";
import { acceptInvitation, invitationQuery, type OpenedInvitation } from "../api/users";
import { preloadFor } from "../app/pages";
import { navigate } from "../app/router";
import { Mark } from "../common/Mark";
import { inWords } from "../common/say";
import { languageOf, speak } from "../i18n";
import { CodeInput } from "./CodeInput";
import classes from "./SignInPage.module.css";

/** Where whoever made the installation their own goes on. */
const FIRST_STEPS = "/admin/setup";

/** The page of a link: whoever has it chooses a name and a password, and is signed in. The link's secret stands behind «#». */
export function InvitationPage() {
  const { t } = useTranslation();
  const token = location.hash.slice(1);
  const opened = useQuery(invitationQuery(token));
  const over = opened.error instanceof ApiError && [404, 410, 422].includes(opened.error.status);
  const language = opened.data?.language;
  useEffect(() => {
    if (language !== undefined) speak(languageOf(language));
  }, [language]);
  return (
    <main className={classes.page}>
      <Paper className={classes.card} withBorder>
        <div className={classes.brand}>
          <Mark size={32} />
          <h1>{opened.data?.installation ?? t("app.name")}</h1>
        </div>
        {opened.isPending ? (
          <p className={classes.lead} role="status">
            {t("app.loading")}
          </p>
        ) : opened.isError ? (
          <>
            <p className={classes.lead} role="alert">
              {over ? t("errors.invitation_over") : inWords(opened.error)}
            </p>
            <Button variant="default" fullWidth onClick={() => (over ? leave() : void opened.refetch())}>
              {t(over ? "invitation.toSignIn" : "app.retry")}
            </Button>
          </>
        ) : (
          <Accepting token={token} opened={opened.data} />
        )}
      </Paper>
    </main>
  );
}

/** The secret leaves the address, too. */
function leave(to = "/"): void {
  navigate(to, "replace");
}

function Accepting({ token, opened }: { token: string; opened: OpenedInvitation }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const first = opened.kind === "first_administrator";
  const [name, setName] = useState(opened.name);
  const [username, setUsername] = useState(opened.username);
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [code, setCode] = useState("");
  const differs = again !== "" && again !== password;
  const accept = useMutation({
    mutationFn: async () => {
      const me = await acceptInvitation(token, { name, password, language: i18n.language as Language, ...(first ? { username } : {}), ...(opened.second_step ? { code } : {}) });
      await preloadFor(me, first ? FIRST_STEPS : "/");
      return me;
    },
    onSuccess: (me) => {
      leave(first ? FIRST_STEPS : "/");
      queries.setQueryData(sessionQuery.queryKey, me);
    },
    meta: { silent: true },
  });
  return (
    <>
      <p className={classes.lead}>{t(`invitation.lead.${opened.kind}`)}</p>
      <form
        aria-label={t("invitation.title")}
        onSubmit={(event) => {
          event.preventDefault();
          if (again === password) accept.mutate();
        }}
      >
        <TextInput label={t("invitation.name")} autoComplete="name" required withAsterisk={false} autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput
          label={t("signIn.username")}
          autoComplete="username"
          mt={12}
          required
          withAsterisk={false}
          readOnly={!first}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("invitation.password")}
          description={t("invitation.passwordHelp", { count: opened.shortest_password })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
          mt={12}
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("invitation.again")}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
          mt={12}
          required
          withAsterisk={false}
          value={again}
          error={differs ? t("invitation.differs") : undefined}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        {opened.second_step && (
          <div className={classes.more}>
            <CodeInput value={code} change={setCode} />
          </div>
        )}
        <div className={classes.word} role="alert">
          {accept.isError && inWords(accept.error)}
        </div>
        <Button type="submit" fullWidth loading={accept.isPending} disabled={differs}>
          {t(first ? "invitation.submitFirst" : "invitation.submit")}
        </Button>
      </form>
    </>
  );
}
