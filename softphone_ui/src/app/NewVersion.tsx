import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { isOutdated } from "../api/build";
import { useLive } from "../live/LiveProvider";
import { hasWork } from "../live/selectors";

const PLACE = "new-version";

/**
 * A tab that is older than its server is offered a reload, never while a call rings, runs or waits for its wrap-up: looked at
 * whenever the server is another one than before (its epoch), which every upgrade makes it.
 */
export function NewVersion() {
  const { t } = useTranslation();
  const epoch = useLive((state) => state.epoch);
  const busy = useLive(hasWork);
  const outdated = useQuery({
    queryKey: ["outdated", epoch],
    queryFn: ({ signal }) => isOutdated(signal),
    enabled: epoch !== null,
    staleTime: Infinity,
    retry: 3,
  });
  const offered = outdated.data === true && !busy;
  useEffect(() => {
    if (!offered) return;
    notifications.show({
      id: PLACE,
      autoClose: false,
      withBorder: true,
      title: t("app.updated"),
      message: (
        <Group justify="space-between" gap="sm">
          {t("app.updatedHelp")}
          <Button size="xs" onClick={() => location.reload()}>
            {t("app.reload")}
          </Button>
        </Group>
      ),
      closeButtonProps: { "aria-label": t("app.close") },
    });
    return () => {
      notifications.hide(PLACE);
    };
  }, [offered, t]);
  return null;
}
