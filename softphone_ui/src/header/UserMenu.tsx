import { Button, Popover, SegmentedControl, Switch, useMantineColorScheme } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { signOut } from "../api/actions";
import type { Language, Me } from "../api/live";
import { changeMyLanguage } from "../api/users";
import { endVisit, SESSION } from "../api/visit";
import { askForNotifications, setPreferences, usePreferences } from "../app/preferences";
import { say } from "../common/say";
import { forgetAll } from "../desk/keptDraft";
import { initials } from "../format/numbers";
import { languages } from "../i18n";
import { AccountDialog } from "./AccountDialog";
import { AudioCheckDialog } from "./AudioCheckDialog";
import classes from "./Header.module.css";
import { SignOutDialog, useTalkingWith } from "./SignOutDialog";

/** Personal settings, kept in this browser, and the way out. */
export function UserMenu({ me }: { me: Me }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const preferences = usePreferences();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      forgetAll(sessionStorage);
      endVisit(queries);
      // The session's own query stays: the page watches it to know that the visit is over.
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION[0] });
    },
  });
  const [open, setOpen] = useState(false);
  const [account, setAccount] = useState(false);
  const [checking, setChecking] = useState(false);
  const checkAudio = (): void => {
    setOpen(false);
    setChecking(true);
  };
  const [asked, setAsked] = useState(false);
  const talkingWith = useTalkingWith();
  const signOutNow = (): void => {
    if (talkingWith === null) leave.mutate();
    else {
      setOpen(false);
      setAsked(true);
    }
  };
  const openAccount = (): void => {
    setOpen(false);
    setAccount(true);
  };
  const speakIn = (language: Language): void => {
    setPreferences({ language });
    changeMyLanguage(language).catch((error: unknown) => say.failure(error)); // kept with the account, for other screens
  };
  const blocked = typeof Notification !== "undefined" && Notification.permission === "denied";
  const toggleNotifications = (on: boolean): void => {
    setPreferences({ notifications: on });
    askForNotifications();
  };
  return (
    <>
      {asked && talkingWith !== null && (
        <SignOutDialog name={talkingWith} busy={leave.isPending} leave={() => leave.mutate()} close={() => setAsked(false)} />
      )}
      {checking && <AudioCheckDialog userId={me.user_id} close={() => setChecking(false)} />}
      {account && <AccountDialog me={me} close={() => setAccount(false)} />}
      <Popover opened={open} onChange={setOpen} position="bottom-end" width={320} trapFocus>
        <Popover.Target>
          <button type="button" className={classes.avatar} onClick={() => setOpen(!open)}>
            <span className="visually-hidden">{t("user.menu", { name: me.name })}</span>
            <span aria-hidden="true">{initials(me.name)}</span>
          </button>
        </Popover.Target>
        <Popover.Dropdown aria-label={t("user.menu", { name: me.name })}>
          <div>
            <b>{me.name}</b>
            <div style={{ color: "var(--pb-faint)" }}>{t(`user.role.${me.role}`)}</div>
          </div>
          <div style={{ display: "grid", gap: 12, margin: "12px 0" }}>
            <SegmentedControl
              aria-label={t("user.language")}
              value={i18n.language}
              onChange={(value) => speakIn(value as Language)}
              data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
            />
            <SegmentedControl
              aria-label={t("user.look")}
              value={colorScheme}
              onChange={(value) => setColorScheme(value)}
              data={[
                { value: "light", label: t("user.light") },
                { value: "dark", label: t("user.dark") },
                { value: "auto", label: t("user.auto") },
              ]}
            />
            {me.agent_id !== null && (
              <>
                <Switch label={t("user.sound")} checked={preferences.sound} onChange={(event) => setPreferences({ sound: event.currentTarget.checked })} />
                <Switch
                  label={t("user.notifications")}
                  description={blocked ? t("user.notificationsBlocked") : undefined}
                  disabled={blocked}
                  checked={preferences.notifications && !blocked}
                  onChange={(event) => toggleNotifications(event.currentTarget.checked)}
                />
                <Switch
                  label={t("user.shortcuts")}
                  checked={preferences.shortcuts}
                  onChange={(event) => setPreferences({ shortcuts: event.currentTarget.checked })}
                />
              </>
            )}
          </div>
          {me.agent_id === null && me.permissions.includes("audio") && (
            <Button variant="default" fullWidth mb={8} onClick={checkAudio}>
              {t("audio.check")}
            </Button>
          )}
          <Button variant="default" fullWidth mb={8} onClick={openAccount}>
            {t("account.title")}
          </Button>
          <Button variant="default" fullWidth loading={leave.isPending} onClick={signOutNow}>
            {t("user.signOut")}
          </Button>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
