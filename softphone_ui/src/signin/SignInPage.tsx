import { Button, Paper, PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { signIn } from "../api/actions";
import { ApiError } from "../api/client";
import { sessionQuery } from "../api/queries";
import { Inside, preloadFor } from "../app/pages";
import { Mark } from "../common/Mark";
import { inWords } from "../common/say";
import classes from "./SignInPage.module.css";

export function SignInPage({ checking }: { checking: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ mode: "uncontrolled", initialValues: { username: "", password: "" } });
  const enter = useMutation({
    mutationFn: async (values: { username: string; password: string }) => {
      const me = await signIn(values.username.trim(), values.password);
      await preloadFor(me, location.pathname); // from here on nothing is waited for
      return me;
    },
    onSuccess: (me) => queries.setQueryData(sessionQuery.queryKey, me),
    meta: { silent: true },
  });
  const wrong = enter.error instanceof ApiError && enter.error.status === 401;
  return (
    <main className={classes.page}>
      <Paper className={classes.card} withBorder>
        <div className={classes.brand}>
          <Mark size={32} />
          <h1>{t("app.name")}</h1>
        </div>
        <p className={classes.lead}>{checking ? t("signIn.checking") : t("signIn.lead")}</p>
        {!window.isSecureContext && <p className={classes.insecure}>{t("signIn.insecure")}</p>}
        <form key={String(checking)} onSubmit={form.onSubmit((values) => enter.mutate(values))} aria-label={t("signIn.title")} onInput={() => void Inside.preload()}>
          <TextInput
            label={t("signIn.username")}
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            disabled={checking}
            key={form.key("username")}
            {...form.getInputProps("username")}
          />
          <PasswordInput
            label={t("signIn.password")}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
            required
            withAsterisk={false}
            mt={12}
            disabled={checking}
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
          <div className={classes.word} role="alert">
            {enter.isError && (wrong ? t("signIn.wrong") : inWords(enter.error))}
          </div>
          <Button type="submit" fullWidth loading={enter.isPending} disabled={checking}>
            {t("signIn.submit")}
          </Button>
        </form>
      </Paper>
    </main>
  );
}
