import { Button, Checkbox, Input, Modal, MultiSelect, SegmentedControl, Stack, Switch, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../../api/client";
import { addNotification, changeNotification, type NewNotification, type Notification, type NotificationBody, type NotificationKind, type Severity } from "../../api/notifications";
import { inWords } from "../../common/say";
import { errorWords } from "../../common/serverWords";
import { useLive } from "../../live/LiveProvider";
import { queuesByName } from "../../live/selectors";

const SEVERITIES: readonly Severity[] = ["red", "amber", "grey"];

interface Props {
  /** Null: a new one. */
  notification: Notification | null;
  close: () => void;
  made: (made: NewNotification) => void;
}

/** Who is told of what. The kind is chosen once; a webhook's secret follows when it is made. */
export function NotificationDialog({ notification, close, made }: Props) {
  const { t, i18n } = useTranslation();
  const queues = useLive((state) => state.queues);
  const queries = useQueryClient();
  const [kind, setKind] = useState<NotificationKind>(notification?.kind ?? "email");
  const [body, setBody] = useState<NotificationBody>(() => {
    if (notification === null) return { name: "", target: "", severities: ["red"], queues: [], cleared: true, language: i18n.language.startsWith("zh") ? "zh" : "en", active: true };
    const { name, target, severities, queues: about, cleared, language, active } = notification;
    return { name, target, severities, queues: about, cleared, language, active };
  });
  const change = (part: Partial<NotificationBody>): void => setBody((before) => ({ ...before, ...part }));
  const save = useMutation({
    mutationFn: async () => {
      if (notification === null) made(await addNotification({ ...body, kind }));
      else await changeNotification(notification.notification_id, notification.version, body);
    },
    onSuccess: close,
    onSettled: () => queries.invalidateQueries({ queryKey: ["notifications"] }),
  });
  return (
    <Modal
      opened
      onClose={close}
      title={notification === null ? t("notifications.add") : t("notifications.edit", { name: notification.name })}
      closeButtonProps={{ "aria-label": t("board.close") }}
      size={520}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap={14}>
          {notification === null && (
            <SegmentedControl
              aria-label={t("notifications.kind")}
              value={kind}
              onChange={setKind}
              data={(["email", "webhook"] as const).map((value) => ({ value, label: t(`notifications.${value}`) }))}
            />
          )}
          <TextInput label={t("notifications.name")} value={body.name} maxLength={100} required data-autofocus onChange={(event) => change({ name: event.currentTarget.value })} />
          <TextInput
            label={kind === "email" ? t("notifications.address") : t("notifications.url")}
            placeholder={kind === "email" ? "ops@example.com" : "https://example.com/hooks/patchbay"}
            value={body.target}
            error={save.error instanceof ApiError ? errorWords(t, save.error) : save.error ? inWords(save.error) : undefined}
            required
            onChange={(event) => change({ target: event.currentTarget.value.trim() })}
          />
          <Checkbox.Group label={t("notifications.severities")} value={body.severities} onChange={(severities) => change({ severities })}>
            <Stack gap={6} mt={6}>
              {SEVERITIES.map((severity) => (
                <Checkbox key={severity} value={severity} label={t(`notifications.${severity}`)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <MultiSelect
            label={t("notifications.queues")}
            placeholder={body.queues.length === 0 ? t("notifications.allQueues") : ""}
            data={queuesByName(queues).map((queue) => ({ value: queue.queue_id, label: queue.name }))}
            value={body.queues}
            onChange={(chosen) => change({ queues: chosen })}
            clearable
          />
          {kind === "email" && (
            <Input.Wrapper label={t("notifications.language")} labelElement="div">
              <SegmentedControl
                fullWidth
                aria-label={t("notifications.language")}
                value={body.language}
                onChange={(language) => change({ language })}
                data={[
                  { value: "en", label: "English" },
                  { value: "zh", label: "中文" },
                ]}
              />
            </Input.Wrapper>
          )}
          <Switch label={t("notifications.cleared")} checked={body.cleared} onChange={(event) => change({ cleared: event.currentTarget.checked })} />
          <Switch label={t("notifications.active")} checked={body.active} onChange={(event) => change({ active: event.currentTarget.checked })} />
          <div style={{ display: "flex", gap: 8, justifyContent: "flex-end" }}>
            <Button variant="default" onClick={close}>
              {t("notifications.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={body.severities.length === 0}>
              {t("notifications.save")}
            </Button>
          </div>
        </Stack>
      </form>
    </Modal>
  );
}
