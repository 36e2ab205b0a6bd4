import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./SignInPage.module.css";

/** A visit: the server sends the browser to the identity provider, and back with what went wrong in the address. */
export function ProviderButton({ name, disabled }: { name: string; disabled: boolean }) {
  const { t } = useTranslation();
  return (
    <Button className={classes.or} component="a" href="/api/v1/session/provider" variant="default" fullWidth data-disabled={disabled}>
      {t("signIn.with", { name })}
    </Button>
  );
}
