import { useTranslation } from "react-i18next";

import classes from "./Admin.module.css";
import { onDocument, type Editing } from "./configuration";
import { at } from "./document";
import { ThresholdInput, thresholdWords } from "./ThresholdInput";
import usual from "./thresholds.json";

type Name = keyof typeof usual;

/** Each group in the order of the board, each threshold with the unit it is entered in. */
const GROUPS: readonly { name: "queues" | "agents" | "machine"; fields: readonly [Name, string][] }[] = [
  {
    name: "queues",
    fields: [
      ["waiting_soon", ""],
      ["waiting_now", ""],
      ["oldest_soon", " ×"],
      ["oldest_now", " ×"],
      ["service_level_soon", ""],
      ["service_level_now", ""],
      ["abandoned_soon", ""],
      ["abandoned_now", ""],
      ["least_contacts", ""],
      ["nobody_after_s", " s"],
    ],
  },
  {
    name: "agents",
    fields: [
      ["missed_rings", ""],
      ["declines", ""],
      ["cut_calls", ""],
      ["remember_s", " s"],
    ],
  },
  {
    name: "machine",
    fields: [
      ["node_soon", ""],
      ["node_now", ""],
      ["disk_soon_gib", " GiB"],
      ["disk_now_gib", " GiB"],
      ["certificate_soon_days", ""],
      ["certificate_now_days", ""],
      ["dead_letters", ""],
      ["clear_margin", ""],
    ],
  },
];

export const AttentionPage = onDocument(AttentionSection);

/** From when on something needs attention, in the whole installation; a queue may say otherwise for itself. */
function AttentionSection({ document, problems, edit }: Editing) {
  const { t } = useTranslation();
  /** An empty field is the default again. */
  const set = (name: Name, value: number | null): void => edit({ ...document, attention: { ...document.attention, [name]: value ?? usual[name] } });
  return (
    <div className={classes.wide}>
      {GROUPS.map((group) => (
        <section key={group.name} className={classes.card} aria-label={t(`admin.threshold.group.${group.name}`)}>
          <h2>{t(`admin.threshold.group.${group.name}`)}</h2>
          <p className={classes.help}>{t(`admin.threshold.help.${group.name}`)}</p>
          <div className={classes.numbers}>
            {group.fields.map(([name, suffix]) => (
              <ThresholdInput
                key={name}
                name={name}
                label={t(`admin.threshold.${name}`)}
                description={t("admin.threshold.default", { value: thresholdWords(name, usual[name], suffix) })}
                suffix={suffix}
                value={document.attention[name] ?? usual[name]}
                error={at(problems, "attention", name)}
                change={(value) => set(name, value)}
              />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}
