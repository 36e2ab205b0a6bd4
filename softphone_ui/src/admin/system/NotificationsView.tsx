import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { newSecretOf, notificationsQuery, removeNotification, testNotification, type NewNotification, type Notification } from "../../api/notifications";
import { Notice } from "../../common/Notice";
import { listed } from "../../common/listed";
import { inWords, say } from "../../common/say";
import { useLive } from "../../live/LiveProvider";
import classes from "./DeadLetters.module.css";
import { NotificationDialog } from "./NotificationDialog";
import { SecretDialog } from "./SecretDialog";

/** Who is told by e-mail or webhook when something needs attention. */
export function NotificationsView() {
  const { t } = useTranslation();
  const found = useQuery(notificationsQuery);
  const [edited, setEdited] = useState<Notification | "new" | null>(null);
  const [secret, setSecret] = useState<NewNotification | null>(null);
  const items = found.data?.items ?? [];
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <p className={classes.help}>
          {t("notifications.help")} {found.data?.mail === false && t("notifications.noMail")}
        </p>
        <Button onClick={() => setEdited("new")}>{t("notifications.add")}</Button>
      </header>
      {found.isError && (
        <Notice tone="bad" title={t("notifications.cannotLoad")} text={inWords(found.error)} action={{ label: t("app.retry"), run: () => void found.refetch(), busy: found.isFetching }} />
      )}
      {found.isPending && (
        <div role="status" className={classes.help}>
          {t("app.loading")}
        </div>
      )}
      {found.isSuccess && items.length === 0 && <Notice title={t("notifications.empty")} text={t("notifications.emptyHelp")} />}
      {items.length > 0 && (
        <ul className={classes.list} aria-label={t("notifications.title")}>
          {items.map((notification) => (
            <Row key={notification.notification_id} notification={notification} edit={() => setEdited(notification)} tell={setSecret} />
          ))}
        </ul>
      )}
      {edited !== null && <NotificationDialog notification={edited === "new" ? null : edited} close={() => setEdited(null)} made={setSecret} />}
      {secret !== null && secret.secret !== "" && <SecretDialog made={secret} close={() => setSecret(null)} />}
    </div>
  );
}

function Row({ notification, edit, tell }: { notification: Notification; edit: () => void; tell: (made: NewNotification) => void }) {
  const { t } = useTranslation();
  const queues = useLive((state) => state.queues);
  const queries = useQueryClient();
  const done = () => queries.invalidateQueries({ queryKey: ["notifications"] });
  const { notification_id: id, name } = notification;
  const test = useMutation({ mutationFn: () => testNotification(id), onSuccess: () => say.note(t("notifications.tested")) });
  const remove = useMutation({ mutationFn: () => removeNotification(id), onSettled: done });
  const renew = useMutation({ mutationFn: () => newSecretOf(id), onSuccess: tell });
  const failed = test.error ?? remove.error ?? renew.error;
  const about = notification.queues.length === 0 ? t("notifications.allQueues") : listed(notification.queues.map((queue) => queues[queue]?.name ?? queue));
  return (
    <li className={classes.letter} data-state={notification.active ? "waiting" : "discarded"}>
      <div className={classes.what}>
        <b>{name}</b>
        <span title={notification.target}>
          {t(`notifications.${notification.kind}`)}: {notification.target}
        </span>
        {!notification.active && <span>{t("notifications.inactive")}</span>}
      </div>
      <span className={classes.reason}>
        {notification.severities.map((severity) => t(`notifications.${severity}`)).join(" · ")} · {about}
      </span>
      <div className={classes.buttons}>
        <span className={classes.state}>{failed && <span role="alert">{inWords(failed)}</span>}</span>
        <Button variant="subtle" color="red" size="xs" onClick={() => remove.mutate()} loading={remove.isPending} aria-label={`${t("notifications.remove")}: ${name}`}>
          {t("notifications.remove")}
        </Button>
        {notification.kind === "webhook" && (
          <Button variant="default" size="xs" onClick={() => renew.mutate()} loading={renew.isPending} aria-label={`${t("notifications.newSecret")}: ${name}`}>
            {t("notifications.newSecret")}
          </Button>
        )}
        <Button variant="default" size="xs" onClick={() => test.mutate()} loading={test.isPending} aria-label={`${t("notifications.test")}: ${name}`}>
          {t("notifications.test")}
        </Button>
        <Button variant="default" size="xs" onClick={edit}>
          {t("notifications.edit", { name })}
        </Button>
      </div>
    </li>
  );
}
