import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { OwnAudioProvider, useAudioView } from "../audio-port/AudioProvider";
import { troubleOf } from "../audio-port/health";
import { AudioPanel } from "./AudioHealth";

/**
 * For whoever has audio without being an agent: the leg and the microphone are there while this is open, and no longer; those with
 * which a conversation is listened to are there already.
 */
export function AudioCheckDialog({ userId, close }: { userId: string; close: () => void }) {
  const { t } = useTranslation();
  const open = useAudioView((view) => view.phase !== "off");
  return (
    <Modal opened onClose={close} title={t("audio.check")} closeButtonProps={{ "aria-label": t("app.close") }}>
      {open ? (
        <Check />
      ) : (
        <OwnAudioProvider ownerId={userId}>
          <Check />
        </OwnAudioProvider>
      )}
    </Modal>
  );
}

function Check() {
  return (
    <>
      <Word />
      <AudioPanel />
    </>
  );
}

function Word() {
  const { t } = useTranslation();
  const trouble = useAudioView(troubleOf);
  return (
    <p role="status" style={{ margin: "0 0 12px" }}>
      {trouble === null ? t("audio.checked") : t(`audio.${trouble}`)}
    </p>
  );
}
