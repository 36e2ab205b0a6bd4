import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { OpenSession } from "../api/users";
import { clockOfDay, exact, near } from "../format/time";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";

interface Props {
  session: OpenSession;
  className: string | undefined;
  end: () => Promise<unknown>;
  ended: () => Promise<unknown>;
}

/** One sign-in: where, since when, when it was used last, and its end. */
export function SessionRow({ session, className, end, ended }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { browser, system, address } = session.device;
  const where = [browser, system].filter(Boolean).join(", ") || t("sessions.unknown");
  const since = useNow((now) => clockOfDay(session.began_at, now, locale));
  const seen = useNow((now) => near(session.seen_at, now, locale));
  const ending = useMutation({ mutationFn: end, onSuccess: ended });
  return (
    <li className={className}>
      <span title={address}>
        {where}
        {session.current && <b> · {t("sessions.here")}</b>}
      </span>
      <small title={exact(session.seen_at, locale)}>{t("sessions.times", { since, seen })}</small>
      <Button size="compact-sm" variant="default" loading={ending.isPending} onClick={() => ending.mutate()} aria-label={t("sessions.endOne", { where })}>
        {t("sessions.end")}
      </Button>
    </li>
  );
}
