import type { TFunction } from "i18next";

import en from "../i18n/en.json";

type Known = keyof typeof en.unreachable;

/** The server's sentences (`server/live/audio.py`, `acd/model/agents.py`) and their names in the translation files; a test keeps them equal. */
export const SENTENCES: Readonly<Record<string, Known>> = {
  "no audio connection yet": "not_connected",
  "Audio is not connected": "not_connected",
  "The desk is closed": "desk_closed",
  "The browser may not use the microphone": "denied",
  "The microphone was unplugged or taken by another program": "ended",
  "The browser has not said that its audio works": "silent",
  "Audio is reconnecting": "reconnecting",
  "The browser has paused audio: click into the page": "paused",
  "The connection for audio is interrupted": "interrupted",
  "No sound arrives from this browser": "no_sound",
};

/** Why an agent cannot be given calls, in the reader's language; a sentence that is not known stays as the server wrote it. */
export function unreachableWords(t: TFunction, reason: string): string {
  const known = SENTENCES[reason];
  return known === undefined ? reason : t(`unreachable.${known}`);
}
