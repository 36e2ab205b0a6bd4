import { useTranslation } from "react-i18next";

import type { FlowDraftInfo } from "../../api/flows";
import { hourAndMinute, near } from "../../format/time";
import { useLocale } from "../../i18n";
import { useNow } from "../../live/useNow";

/** Who has typed so lately is still at it. */
const EDITING_S = 600;

/** «Sam Okoro is editing, since 10:20 · you have a draft» */
export function Writers({ drafts }: { drafts: readonly FlowDraftInfo[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const words = useNow((now) =>
    drafts
      .map((draft) => {
        if (draft.mine) return t("flows.myDraft");
        if (now - draft.saved_at < EDITING_S) return t("flows.editing", { name: draft.author, time: hourAndMinute(draft.began_at, locale) });
        return t("flows.hasDraft", { name: draft.author, when: near(draft.saved_at, now, locale) });
      })
      .join(" · "),
  );
  return words;
}
