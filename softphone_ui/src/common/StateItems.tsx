import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { RequestedState } from "../api/actions";
import { useLive } from "../live/LiveProvider";
import { Dot } from "./Dot";
import { reasonWords } from "./words";

/** The states a person can request, with the configured reasons for away; for oneself and for somebody else. */
export function StateItems({ request, available, stop }: { request: (state: RequestedState, reason?: string) => void; available: string; stop: string }) {
  const { t } = useTranslation();
  const reasons = useLive((state) => state.settings.away_reasons);
  return (
    <>
      <Menu.Item leftSection={<Dot state="available" />} onClick={() => request("available")}>
        {available}
      </Menu.Item>
      <Menu.Label>{t("state.awayFor")}</Menu.Label>
      {reasons.map((reason) => (
        <Menu.Item key={reason} leftSection={<Dot state="away" />} onClick={() => request("away", reason)}>
          {reasonWords(t, reason)}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Item leftSection={<Dot state="signed_out" />} onClick={() => request("signed_out")}>
        {stop}
      </Menu.Item>
    </>
  );
}
