import { IconEar, IconMessage2, IconUsers } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { SupervisionMode } from "../api/actions";
import type { Call } from "../api/live";
import classes from "./Supervision.module.css";
import { foremost } from "./supervision";

const ICONS: Record<SupervisionMode, typeof IconEar> = { listen: IconEar, whisper: IconMessage2, join: IconUsers };

/** Who else is on the agent's line, and who hears them. */
export function WithYou({ call }: { call: Call }) {
  const { t } = useTranslation();
  const mode = foremost(call.parties);
  const Symbol = mode === null ? null : ICONS[mode];
  return (
    <span role="status" className={classes.withYou} data-mode={mode ?? undefined}>
      {Symbol && <Symbol size={16} stroke={1.7} aria-hidden="true" />}
      {mode !== null && t(`supervision.withYou.${mode}`)}
    </span>
  );
}
