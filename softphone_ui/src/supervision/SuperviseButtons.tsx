import { IconEar, IconMessage2, IconPlayerStop, IconUserPlus, type Icon } from "@tabler/icons-react";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import type { SupervisionMode } from "../api/actions";
import { pending } from "./supervision";
import classes from "./Supervision.module.css";
import { useSupervised, useSupervision } from "./SupervisionProvider";

const WAYS: readonly { mode: SupervisionMode; icon: Icon; shortcut: string }[] = [
  { mode: "listen", icon: IconEar, shortcut: "1" },
  { mode: "whisper", icon: IconMessage2, shortcut: "2" },
  { mode: "join", icon: IconUserPlus, shortcut: "3" },
];

interface Props {
  callId: string;
  customer: string;
  agent: string;
}

/** Three ways into a conversation, each in its place; the one that is on is pressed and ends it. */
export function SuperviseButtons({ callId, customer, agent }: Props) {
  const { t } = useTranslation();
  const supervision = useSupervision();
  const busy = useSupervised((state) => state.busy);
  const on = useSupervised((state) => (state.now?.callId === callId ? state.now.mode : null));
  const coming = useSupervised((state) => {
    const place = pending(state);
    return place?.callId === callId ? place.mode : null;
  });
  return (
    <span className={classes.ways}>
      {WAYS.map(({ mode, icon, shortcut }) => {
        const Symbol = on === mode ? IconPlayerStop : icon;
        const word = busy ? t("supervision.busy") : on === mode ? t("supervision.stop") : t(`supervision.${mode}`);
        return (
          // A tooltip of the library's would take the first Esc for itself.
          <button
            key={mode}
            type="button"
            className={classes.way}
            title={busy ? word : `${word} · ${on === mode ? "Esc" : shortcut}`}
            aria-label={t(`supervision.${mode}Of`, { customer, agent })}
            aria-pressed={on === mode}
            aria-busy={coming === mode || undefined}
            aria-disabled={busy || undefined}
            aria-keyshortcuts={shortcut}
            onClick={() => supervision?.press(callId, mode)}
          >
            <Symbol size={16} stroke={1.7} aria-hidden="true" />
            <span className={classes.word}>{t(`supervision.word.${mode}`)}</span>
          </button>
        );
      })}
    </span>
  );
}

/** Of a row in which the focus is: 1, 2, 3 and Esc. What opens from the row has its keys to itself. */
export function useSuperviseKeys(callId: string): ((event: KeyboardEvent<HTMLElement>) => void) | undefined {
  const supervision = useSupervision();
  if (supervision === null) return undefined;
  return (event) => {
    const { key, ctrlKey, altKey, metaKey, repeat } = event;
    if (ctrlKey || altKey || metaKey || repeat || !event.currentTarget.contains(event.target as Node)) return;
    const way = WAYS.find(({ shortcut }) => shortcut === key);
    if (way !== undefined) supervision.press(callId, way.mode);
    else if (key === "Escape") supervision.end();
    else return;
    event.preventDefault();
  };
}
