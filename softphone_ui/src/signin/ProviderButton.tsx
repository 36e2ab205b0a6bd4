import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import en from "../i18n/en.json";
import classes from "./SignInPage.module.css";

type Problem = keyof typeof en.signIn.provider;

/** A visit: the server sends the browser to the identity provider, and back with what went wrong in the address. */
export function ProviderButton({ name, disabled }: { name: string; disabled: boolean }) {
  const { t } = useTranslation();
  const [problem] = useState(takeProblem);
  return (
    <div className={classes.or}>
      {problem !== null && (
        <p className={classes.word} role="alert">
          {t(`signIn.provider.${problem}`, { name })}
        </p>
      )}
      <Button component="a" href="/api/v1/session/provider" variant="default" fullWidth data-disabled={disabled}>
        {t("signIn.with", { name })}
      </Button>
    </div>
  );
}

/** Out of the address: loading the page anew must not say it again. */
function takeProblem(): Problem | null {
  const told = new URLSearchParams(location.search).get("provider");
  if (told === null) return null;
  history.replaceState(null, "", location.pathname);
  return told in en.signIn.provider ? (told as Problem) : "not_believed";
}
