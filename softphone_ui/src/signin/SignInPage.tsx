import { Anchor, Button, Paper, PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { signIn } from "../api/actions";
import { ApiError } from "../api/client";
import type { Me } from "../api/live";
import { sessionQuery, waysQuery } from "../api/queries";
import { visitEndQuery } from "../api/visit";
import { Inside, preloadFor } from "../app/pages";
import { Mark } from "../common/Mark";
import { inWords } from "../common/say";
import { CodeInput } from "./CodeInput";
import { NoAdministrator } from "./NoAdministrator";
import { takeProblem } from "./problem";
import { ProviderButton } from "./ProviderButton";
import classes from "./SignInPage.module.css";

interface Named {
  username: string;
  password: string;
}

async function enter(named: Named, code = ""): Promise<Me> {
  const me = await signIn(named.username.trim(), named.password, code);
  await preloadFor(me, location.pathname); // from here on nothing is waited for
  return me;
}

/** Nothing on it moves: what is offered is known before anything can be done, and what comes then stands below the rest. */
export function SignInPage({ checking }: { checking: boolean }) {
  const { t } = useTranslation();
  const ways = useQuery(waysQuery);
  const [named, setNamed] = useState<Named | null>(null);
  const [anyway, setAnyway] = useState(false);
  const waiting = checking || ways.isPending;
  const offered = waiting ? undefined : ways.data;
  return (
    <main className={classes.page}>
      <Paper className={classes.card} withBorder>
        <div className={classes.brand}>
          <Mark size={32} />
          <h1>{t("app.name")}</h1>
        </div>
        {offered?.needs_administrator === true && !anyway ? (
          <NoAdministrator goOn={() => setAnyway(true)} />
        ) : named === null ? (
          <First checking={waiting} provider={offered?.provider ?? null} askForCode={setNamed} />
        ) : (
          <Second named={named} back={() => setNamed(null)} />
        )}
        {offered?.own_authority === true && (
          <p className={classes.foot}>
            {t("signIn.warned")} <Anchor href="/secure">{t("signIn.setUp")}</Anchor>
          </p>
        )}
      </Paper>
    </main>
  );
}

interface FirstProps {
  checking: boolean;
  provider: string | null;
  askForCode: (named: Named) => void;
}

function First({ checking, provider, askForCode }: FirstProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ mode: "uncontrolled", initialValues: { username: "", password: "" } });
  const first = useMutation({
    mutationFn: (named: Named) => enter(named),
    onSuccess: (me) => queries.setQueryData(sessionQuery.queryKey, me),
    onError: (error, named) => {
      if (codeOf(error) === "code_needed") askForCode(named);
    },
    meta: { silent: true },
  });
  return (
    <>
      {checking ? <p className={classes.lead}>{t("signIn.checking")}</p> : <Lead provider={provider} />}
      {!window.isSecureContext && <p className={classes.insecure}>{t("signIn.insecure")}</p>}
      <form key={String(checking)} onSubmit={form.onSubmit((values) => first.mutate(values))} aria-label={t("signIn.title")} onInput={() => void Inside.preload()}>
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
          {first.isError && (codeOf(first.error) === "wrong_password" ? t("signIn.wrong") : inWords(first.error))}
        </div>
        <Button type="submit" fullWidth loading={first.isPending} disabled={checking}>
          {t("signIn.submit")}
        </Button>
      </form>
      {provider !== null && <ProviderButton name={provider} disabled={checking} />}
    </>
  );
}

/** What somebody must know before they try: what went wrong at the provider, or why they were signed out. */
function Lead({ provider }: { provider: string | null }) {
  const { t } = useTranslation();
  const [problem] = useState(takeProblem);
  const end = useQuery(visitEndQuery).data ?? null;
  const told = problem !== null ? t(`signIn.provider.${problem}`, { name: provider ?? t("signIn.aProvider") }) : end !== null ? t(`signIn.ended.${end}`) : null;
  if (told === null) return <p className={classes.lead}>{t("signIn.lead")}</p>;
  return (
    <p className={`${classes.lead ?? ""} ${classes.told ?? ""}`} role="alert">
      {told}
    </p>
  );
}

/** The password was right; nothing is signed in before the code is. */
function Second({ named, back }: { named: Named; back: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [code, setCode] = useState("");
  const second = useMutation({
    mutationFn: () => enter(named, code),
    onSuccess: (me) => queries.setQueryData(sessionQuery.queryKey, me),
    onError: () => setCode(""),
    meta: { silent: true },
  });
  return (
    <>
      <p className={classes.lead}>{t("signIn.secondStep")}</p>
      <form
        aria-label={t("secondStep.title")}
        onSubmit={(event) => {
          event.preventDefault();
          second.mutate();
        }}
      >
        <CodeInput value={code} change={setCode} focus />
        <div className={classes.word} role="alert">
          {second.isError && (codeOf(second.error) === "wrong_code" ? t("errors.wrong_code") : inWords(second.error))}
        </div>
        <Button type="submit" fullWidth loading={second.isPending}>
          {t("signIn.submit")}
        </Button>
        <Button variant="subtle" fullWidth mt={8} onClick={back}>
          {t("signIn.back")}
        </Button>
      </form>
    </>
  );
}

function codeOf(error: Error | null): string {
  return error instanceof ApiError ? error.code : "";
}
