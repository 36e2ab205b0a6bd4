import { useTranslation } from "react-i18next";

import type { Problem, QueueThresholds, Thresholds } from "../api/configuration";
import classes from "./Admin.module.css";
import { at } from "./document";
import { ThresholdInput, thresholdWords } from "./ThresholdInput";

const LEVELS = ["waiting", "oldest", "service_level", "abandoned"] as const;

interface Props {
  id: string;
  own: QueueThresholds;
  /** Of the installation: what holds where the queue says nothing. */
  usual: Thresholds;
  problems: readonly Problem[];
  change: (own: QueueThresholds) => void;
}

/** From when on this queue needs a supervisor. Empty fields keep what holds for all queues. */
export function AttentionFields({ id, own, usual, problems, change }: Props) {
  const { t } = useTranslation();
  const field = (name: keyof QueueThresholds, label: string, suffix = "") => (
    <ThresholdInput
      key={name}
      name={name}
      label={label}
      placeholder={usual[name] === undefined ? "" : t("admin.attention.default", { value: thresholdWords(name, usual[name], suffix) })}
      suffix={suffix}
      value={own[name] ?? null}
      error={at(problems, "queues", id, "attention", name)}
      change={(value) => change({ ...own, [name]: value })}
    />
  );
  return (
    <section className={classes.card}>
      <h3>{t("admin.attention.title")}</h3>
      <p className={classes.help}>{t("admin.attention.help")}</p>
      <div className={classes.numbers}>
        {LEVELS.flatMap((level) =>
          (["soon", "now"] as const).map((when) => field(`${level}_${when}`, `${t(`admin.attention.${level}`)}, ${t(level === "service_level" ? `admin.attention.${when}Below` : `admin.attention.${when}`)}`, level === "oldest" ? " ×" : "")),
        )}
        {field("nobody_after_s", t("admin.attention.nobody_after_s"), " s")}
        {field("least_contacts", t("admin.attention.least_contacts"))}
      </div>
    </section>
  );
}
