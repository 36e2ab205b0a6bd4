import { Button, CloseButton, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../../api/client";
import { changeUser, userQuery, type User, type UserFields } from "../../api/users";
import { inWords, say } from "../../common/say";
import classes from "./People.module.css";
import { PersonFields } from "./PersonFields";

/** Changes of one person; in force at once. */
export function EditDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const details = useQuery(userQuery(id));
  return (
    <aside className={`${classes.card} ${classes.drawer}`} aria-label={t("people.edit")}>
      <div className={classes.head}>
        <h2>{details.data ? t("people.editOne", { name: details.data.user.name }) : t("people.edit")}</h2>
        <span className={classes.space} />
        <CloseButton aria-label={t("app.close")} onClick={close} />
      </div>
      {details.data && <Form key={details.data.user.version} user={details.data.user} close={close} />}
    </aside>
  );
}

function Form({ user, close }: { user: User; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const before: UserFields & { username: string } = {
    name: user.name,
    username: user.username,
    email: user.email,
    role: user.role,
    language: user.language === "zh" ? "zh" : "en",
    takes_work: user.agent_id !== null,
    skills: user.skills,
    only_queues: user.only_queues,
  };
  const [fields, setFields] = useState(before);
  const change = (part: Partial<typeof before>): void => setFields({ ...fields, ...part });
  const save = useMutation({
    mutationFn: () => changeUser(user.user_id, user.version, different(before, fields)),
    onSuccess: async (saved) => {
      say.note(t("people.saved", { name: saved.user.name }));
      close();
      await queries.invalidateQueries({ queryKey: ["users"] });
      await queries.invalidateQueries({ queryKey: ["configuration"] });
    },
    meta: { silent: true },
  });
  const overtaken = save.error instanceof ApiError && save.error.status === 412;
  const endsSessions = ["role", "takes_work", "only_queues"].some((name) => name in different(before, fields));
  return (
    <>
      <form
        className={classes.form}
        id="person"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput label={t("people.fullName")} required withAsterisk={false} value={fields.name} onChange={(event) => change({ name: event.currentTarget.value })} />
        <TextInput label={t("people.username")} required withAsterisk={false} value={fields.username} onChange={(event) => change({ username: event.currentTarget.value })} />
        <TextInput label={t("people.email")} type="email" value={fields.email ?? ""} onChange={(event) => change({ email: event.currentTarget.value || null })} />
        <PersonFields value={fields} change={change} />
        {endsSessions && <p className={classes.help}>{t("people.endsSessions")}</p>}
        {save.isError && (
          <p className={classes.wrong} role="alert">
            {inWords(save.error)}
          </p>
        )}
      </form>
      <div className={classes.foot}>
        {overtaken ? (
          <Button onClick={() => void queries.invalidateQueries({ queryKey: ["users"] })}>{t("people.reload")}</Button>
        ) : (
          <Button type="submit" form="person" loading={save.isPending} disabled={Object.keys(different(before, fields)).length === 0}>
            {t("people.save")}
          </Button>
        )}
        <Button variant="default" onClick={close}>
          {t("admin.cancel")}
        </Button>
      </div>
    </>
  );
}

/** Only what was changed is sent. */
function different(before: UserFields, after: UserFields): Partial<UserFields> {
  const changed = Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof UserFields]));
  return Object.fromEntries(changed);
}
