import { Button, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useLive } from "../live/LiveProvider";
import { myCalls, partIn } from "../live/selectors";

const IN_CONVERSATION = new Set(["talking", "held"]);

/** Whom one talks with now, by name or number; null: nobody. */
export function useTalkingWith(): string | null {
  const { t } = useTranslation();
  const call = useLive((state) => myCalls(state.calls, state.me?.agent_id ?? null).find((each) => IN_CONVERSATION.has(each.state) && partIn(each, state.me?.agent_id ?? null) === "agent"));
  return call === undefined ? null : call.customer_name || call.caller || t("people.aCustomer");
}

interface Props {
  name: string;
  busy: boolean;
  leave: () => void;
  close: () => void;
}

/** Asks before a conversation is handed back to its queue. */
export function SignOutDialog({ name, busy, leave, close }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={close} title={t("user.signOut")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <p style={{ marginTop: 0, overflowWrap: "anywhere" }}>{t("user.signOutTalking", { name })}</p>
      <div style={{ display: "flex", justifyContent: "flex-end", gap: 8, marginTop: 16 }}>
        <Button variant="default" onClick={close} data-autofocus>
          {t("user.staySignedIn")}
        </Button>
        <Button color="red" loading={busy} onClick={leave}>
          {t("user.signOut")}
        </Button>
      </div>
    </Modal>
  );
}
