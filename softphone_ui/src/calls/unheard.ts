import type { TFunction } from "i18next";

import { ApiError, Unreachable } from "../api/client";
import { inWords } from "../common/say";
import { errorWords } from "../common/serverWords";

export interface Unheard {
  words: string;
  /** Trying again would not help. */
  forGood: boolean;
}

/** What is said of a recording that cannot be heard: one that is on its way, or whose store is away, comes later. */
export function unheard(t: TFunction, refusal: ApiError | Unreachable | null): Unheard {
  if (refusal instanceof ApiError && refusal.code === "recording_on_its_way") return { words: errorWords(t, refusal), forGood: false };
  if (refusal instanceof Unreachable || refusal?.status === 503) return { words: inWords(refusal), forGood: false };
  return { words: t("calls.recordingFailed"), forGood: true };
}
