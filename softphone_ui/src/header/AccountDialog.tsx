import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { sessionQuery } from "../api/queries";
import { endMySession, endMySessions, mySessionsQuery } from "../api/users";
import { endVisit } from "../api/visit";
import { inWords, say } from "../common/say";
import { SessionRow } from "../common/SessionRow";
import { PasswordForm } from "../signin/PasswordForm";
import { SecondStep } from "../signin/SecondStep";
import classes from "./AccountDialog.module.css";
import { SignOutDialog, useTalkingWith } from "./SignOutDialog";

/** One's own password, second step and sign-ins. */
export function AccountDialog({ me, close }: { me: Me; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const sessions = useQuery(mySessionsQuery);
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: ["me"] });
  const out = useMutation({ mutationFn: endMySessions, onSuccess: () => endVisit(queries) });
  const talkingWith = useTalkingWith();
  const [asked, setAsked] = useState(false);
  if (asked && talkingWith !== null) return <SignOutDialog name={talkingWith} busy={out.isPending} leave={() => out.mutate()} close={() => setAsked(false)} />;
  return (
    <Modal opened onClose={close} size={720} title={t("account.title")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <div className={classes.two}>
        <section aria-label={t("account.changePassword")}>
          <h3>{t("account.changePassword")}</h3>
          <PasswordForm me={me} done={() => say.note(t("account.changed"))} />
        </section>
        <section aria-label={t("sessions.mine")}>
          <h3>{t("sessions.mine")}</h3>
          {sessions.isError && <p role="alert">{inWords(sessions.error)}</p>}
          <ul className={classes.rows}>
            {sessions.data?.items.map((session) => (
              <SessionRow
                key={session.session_id}
                session={session}
                className={classes.row}
                end={() => endMySession(session.session_id)}
                ended={session.current ? () => queries.invalidateQueries({ queryKey: sessionQuery.queryKey }) : again}
              />
            ))}
          </ul>
          <Button variant="default" mt={12} loading={out.isPending} onClick={() => (talkingWith === null ? out.mutate() : setAsked(true))}>
            {t("people.signOutEverywhere")}
          </Button>
        </section>
        <section aria-label={t("secondStep.title")} className={classes.whole}>
          <h3>{t("secondStep.title")}</h3>
          <SecondStep />
        </section>
      </div>
    </Modal>
  );
}
