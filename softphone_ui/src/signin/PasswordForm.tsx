import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { sessionQuery } from "../api/queries";
import { changeMyPassword } from "../api/users";
import { inWords } from "../common/say";
import classes from "./SignInPage.module.css";

/** One's own password: the old one is asked for, and every other sign-in ends. */
export function PasswordForm({ me, done }: { me: Me; done?: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== "" && again !== password;
  const change = useMutation({
    mutationFn: () => changeMyPassword(old, password),
    onSuccess: (changed) => {
      queries.setQueryData(sessionQuery.queryKey, changed);
      void queries.invalidateQueries({ queryKey: ["me"] });
      for (const clear of [setOld, setPassword, setAgain]) clear("");
      done?.();
    },
    meta: { silent: true },
  });
  const show = { "aria-label": t("signIn.show") };
  return (
    <form
      aria-label={t("account.changePassword")}
      onSubmit={(event) => {
        event.preventDefault();
        if (!differs) change.mutate();
      }}
    >
      <input type="text" autoComplete="username" value={me.username} readOnly hidden />
      <PasswordInput label={t("account.old")} autoComplete="current-password" visibilityToggleButtonProps={show} required withAsterisk={false} value={old} onChange={(event) => setOld(event.currentTarget.value)} />
      <PasswordInput label={t("account.new")} autoComplete="new-password" visibilityToggleButtonProps={show} mt={12} required withAsterisk={false} value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
      <PasswordInput
        label={t("invitation.again")}
        autoComplete="new-password"
        visibilityToggleButtonProps={show}
        mt={12}
        required
        withAsterisk={false}
        value={again}
        error={differs ? t("invitation.differs") : undefined}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
      <div className={classes.word} role="alert">
        {change.isError && inWords(change.error)}
      </div>
      <Button type="submit" loading={change.isPending} disabled={differs}>
        {t("account.changePassword")}
      </Button>
    </form>
  );
}
