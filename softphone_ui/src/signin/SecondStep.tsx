import { Button, CopyButton, PasswordInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { confirmSecondStep, newRecoveryCodes, removeSecondStep, secondStepQuery, startSecondStep, type SecondStepSetUp, type SecondStepState } from "../api/users";
import { inWords } from "../common/say";
import { clockOfDay } from "../format/time";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import { CodeInput } from "./CodeInput";
import { QrCode } from "./QrCode";
import classes from "./SecondStep.module.css";

/** Two-step verification of one's own account: off, being set up, the recovery codes, on. `done` after it was turned on. */
export function SecondStep({ done }: { done?: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const state = useQuery(secondStepQuery);
  const [setUp, setSetUp] = useState<SecondStepSetUp | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: secondStepQuery.queryKey });
  const shown = (fresh: readonly string[]): void => {
    setSetUp(null);
    setCodes(fresh);
    void again();
  };
  if (codes !== null) return <Codes codes={codes} done={() => (setCodes(null), done?.())} />;
  if (setUp !== null) return <SettingUp setUp={setUp} shown={shown} cancel={() => setSetUp(null)} />;
  if (state.isError) return <p role="alert">{inWords(state.error)}</p>;
  if (state.isPending) return <p role="status">{t("app.loading")}</p>;
  if (!state.data.possible) return <p className={classes.text}>{t("secondStep.byProvider")}</p>;
  return state.data.since === null ? <Off state={state.data} started={setSetUp} /> : <On state={state.data} since={state.data.since} shown={shown} off={again} />;
}

/** A form with its one word of failure above its buttons. */
function Form({ label, submit, error, children, buttons }: { label: string; submit: () => void; error: Error | null; children: ReactNode; buttons: ReactNode }) {
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    submit();
  };
  return (
    <form aria-label={label} onSubmit={onSubmit}>
      {children}
      <div className={classes.word} role="alert">
        {error !== null && inWords(error)}
      </div>
      <div className={classes.buttons}>{buttons}</div>
    </form>
  );
}

function Off({ state, started }: { state: SecondStepState; started: (setUp: SecondStepSetUp) => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const start = useMutation({ mutationFn: () => startSecondStep(password), onSuccess: started, meta: { silent: true } });
  const button = (
    <Button type="submit" variant="default" loading={start.isPending}>
      {t("secondStep.setUp")}
    </Button>
  );
  return (
    <Form label={t("secondStep.title")} submit={() => start.mutate()} error={start.error} buttons={button}>
      <p className={classes.text}>{t("secondStep.lead")}</p>
      {state.ask_password && (
        <PasswordInput
          label={t("account.old")}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
          required
          withAsterisk={false}
          maw={320}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      )}
    </Form>
  );
}

function SettingUp({ setUp, shown, cancel }: { setUp: SecondStepSetUp; shown: (codes: readonly string[]) => void; cancel: () => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const confirm = useMutation({ mutationFn: () => confirmSecondStep(code), onSuccess: ({ codes }) => shown(codes), onError: () => setCode(""), meta: { silent: true } });
  const buttons = (
    <>
      <Button type="submit" loading={confirm.isPending}>
        {t("secondStep.turnOn")}
      </Button>
      <Button variant="default" onClick={cancel}>
        {t("admin.cancel")}
      </Button>
    </>
  );
  return (
    <div className={classes.setUp}>
      <QrCode qr={setUp.qr} label={t("secondStep.qr")} className={classes.qr} />
      <Form label={t("secondStep.title")} submit={() => confirm.mutate()} error={confirm.error} buttons={buttons}>
        <p className={classes.text}>{t("secondStep.scan")}</p>
        <code className={classes.key}>{setUp.key.replace(/(.{4})(?=.)/g, "$1 ")}</code>
        <CodeInput value={code} change={setCode} appOnly focus />
      </Form>
    </div>
  );
}

function Codes({ codes, done }: { codes: readonly string[]; done: () => void }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t("secondStep.codes")}>
      <p className={classes.text}>{t("secondStep.codesLead")}</p>
      <ul className={classes.codes}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className={classes.buttons}>
        <CopyButton value={codes.join("\n")}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? "people.linkCopied" : "secondStep.copy")}
            </Button>
          )}
        </CopyButton>
        <Button onClick={done}>{t("secondStep.kept")}</Button>
      </div>
    </section>
  );
}

interface OnProps {
  state: SecondStepState;
  since: number;
  shown: (codes: readonly string[]) => void;
  off: () => Promise<void>;
}

/** What changes it asks for a code: a desk that was left open must not lose it. */
function On({ state, since, shown, off }: OnProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = useNow((now) => clockOfDay(since, now, locale));
  const [act, setAct] = useState<"codes" | "off" | null>(null);
  const [code, setCode] = useState("");
  const run = useMutation({
    mutationFn: async () => {
      if (act === "codes") shown((await newRecoveryCodes(code)).codes);
      else {
        await removeSecondStep(code);
        await off();
      }
    },
    onSettled: () => setCode(""),
    meta: { silent: true },
  });
  const choose = (chosen: typeof act): void => {
    run.reset();
    setAct(chosen);
  };
  return (
    <>
      <p className={classes.text}>{t("secondStep.on", { when, count: state.recovery_codes_left })}</p>
      {act === null ? (
        <div className={classes.buttons}>
          <Button variant="default" onClick={() => choose("codes")}>
            {t("secondStep.newCodes")}
          </Button>
          {!state.required && (
            <Button variant="default" color="red" onClick={() => choose("off")}>
              {t("secondStep.turnOff")}
            </Button>
          )}
        </div>
      ) : (
        <Form
          label={t(act === "codes" ? "secondStep.newCodes" : "secondStep.turnOff")}
          submit={() => run.mutate()}
          error={run.error}
          buttons={
            <>
              <Button type="submit" loading={run.isPending}>
                {t(act === "codes" ? "secondStep.newCodes" : "secondStep.turnOff")}
              </Button>
              <Button variant="default" onClick={() => choose(null)}>
                {t("admin.cancel")}
              </Button>
            </>
          }
        >
          <CodeInput value={code} change={setCode} focus />
        </Form>
      )}
    </>
  );
}
