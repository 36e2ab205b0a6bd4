import { Popover, SimpleGrid } from "@mantine/core";
import { IconGridDots } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useAudio } from "../audio-port/AudioProvider";
import { KeyButton } from "../common/KeyButton";
import { useShortcuts } from "../common/useShortcuts";
import classes from "./Conversation.module.css";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** Twelve keys that send RFC 4733 tones; while it is open the computer's digits do too. */
export function Keypad({ disabled, reason }: { disabled: boolean; reason: string | undefined }) {
  const { t } = useTranslation();
  const audio = useAudio();
  const [opened, setOpened] = useState(false);
  const [pressed, setPressed] = useState("");
  const toggle = useCallback(() => {
    setPressed("");
    setOpened((was) => !was);
  }, []);
  useShortcuts(useMemo(() => (disabled ? {} : { "#": toggle }), [disabled, toggle]));
  const press = useCallback(
    (digit: string) => {
      audio.sendDigit(digit);
      setPressed((was) => (was + digit).slice(-16));
    },
    [audio],
  );
  useEffect(() => {
    if (!opened) return undefined;
    const typed = (event: KeyboardEvent): void => {
      if (KEYS.includes(event.key)) press(event.key);
      if (event.key === "Escape") setOpened(false);
    };
    document.addEventListener("keydown", typed);
    return () => document.removeEventListener("keydown", typed);
  }, [opened, press]);
  return (
    <Popover opened={opened && !disabled} onChange={setOpened} trapFocus position="bottom-start" width={200}>
      <Popover.Target>
        <KeyButton
          label={t("call.keypad")}
          shortcut="#"
          icon={<IconGridDots size={16} stroke={1.6} />}
          onClick={toggle}
          disabled={disabled}
          reason={reason}
        />
      </Popover.Target>
      <Popover.Dropdown aria-label={t("call.keypad")}>
        <output className={classes.digits}>{pressed}</output>
        <SimpleGrid cols={3} spacing={8}>
          {KEYS.map((key) => (
            <button key={key} type="button" className={classes.digit} onClick={() => press(key)}>
              {key}
            </button>
          ))}
        </SimpleGrid>
      </Popover.Dropdown>
    </Popover>
  );
}
