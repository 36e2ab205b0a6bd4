import { Anchor, Button, Code, List, Paper, SegmentedControl, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { Mark } from "../common/Mark";
import { httpsQuery } from "../api/queries";
import { languageOfBrowser, speak } from "../i18n";
import { secureAddress, SYSTEMS, systemOf, trusts, type SystemName } from "./secure";
import classes from "./SignInPage.module.css";

const LOOK_EVERY_MS = 3000;

/**
 * How this computer comes to trust the installation. Over plain HTTP it goes on by itself as soon as it does; over HTTPS somebody has
 * gone past the browser's warning, and the browser does not say whether it still holds.
 */
export function SecurePage() {
  const { t } = useTranslation();
  const [system, setSystem] = useState<SystemName>(() => systemOf(navigator.userAgent));
  const target = secureAddress(location.href);
  const past = location.protocol === "https:";
  const authority = useQuery(httpsQuery);
  const trusted = useQuery({
    queryKey: ["trusts", target.origin],
    queryFn: ({ signal }) => trusts(target.origin, signal),
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
    enabled: !past,
  });
  useEffect(() => speak(languageOfBrowser()), []);
  useEffect(() => {
    if (trusted.data === true) location.replace(target.href);
  }, [trusted.data, target.href]);
  const known = authority.data !== undefined && authority.data.kind !== "own";
  useEffect(() => {
    if (known) location.replace("/"); // browsers know the certificate, or there is none
  }, [known]);
  return (
    <main className={classes.page}>
      <Paper className={`${classes.card ?? ""} ${classes.wide ?? ""}`} withBorder>
        <div className={classes.brand}>
          <Mark size={32} />
          <h1>{t("secure.title")}</h1>
        </div>
        <p className={classes.lead}>{t("secure.lead")}</p>
        <Stack gap={16}>
          <section aria-labelledby="secure-download">
            <h2 id="secure-download" className={classes.step}>
              {t("secure.download")}
            </h2>
            <Button component="a" href="/authority.crt" download variant="default">
              {t("secure.downloadButton")}
            </Button>
            <p className={classes.small}>{t("secure.compare")}</p>
            <Code block className={classes.fingerprint}>
              {authority.data?.fingerprint ?? "…"}
            </Code>
          </section>
          <section aria-labelledby="secure-trust">
            <h2 id="secure-trust" className={classes.step}>
              {t("secure.trust")}
            </h2>
            <SegmentedControl
              aria-label={t("secure.system")}
              size="xs"
              fullWidth
              className={classes.systems ?? ""}
              value={system}
              onChange={(value) => setSystem(value)}
              data={SYSTEMS.map((value) => ({ value, label: t(`secure.systems.${value}`) }))}
            />
            <List type="ordered" size="sm" mt={8} className={classes.steps}>
              {(["1", "2", "3"] as const).map((step) => (
                <List.Item key={step}>{t(`secure.steps.${system}.${step}`)}</List.Item>
              ))}
            </List>
          </section>
          {past ? (
            <p className={classes.small}>
              {t("secure.reopen")} <Anchor href={target.href}>{t("secure.toSignIn")}</Anchor>
            </p>
          ) : (
            <>
              <p role="status" className={classes.small}>
                {t("secure.waiting")}
              </p>
              <p className={classes.small}>
                {t("secure.orElse")} <Anchor href={target.href}>{t("secure.goOn")}</Anchor>
              </p>
            </>
          )}
        </Stack>
      </Paper>
    </main>
  );
}
