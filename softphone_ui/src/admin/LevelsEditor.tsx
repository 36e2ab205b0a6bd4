import { ActionIcon, SegmentedControl, Select } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Levels, Path, Problem } from "../api/configuration";
import classes from "./Admin.module.css";
import { at, without } from "./document";

interface Props {
  label: string;
  levels: Levels;
  skills: Record<string, string>;
  problems: readonly Problem[];
  path: Path;
  none: string;
  change: (levels: Levels) => void;
}

const LEVELS = ["1", "2", "3", "4", "5"];

/** Skills with their levels, one line each. */
export function LevelsEditor({ label, levels, skills, problems, path, none, change }: Props) {
  const { t } = useTranslation();
  const chosen = Object.keys(levels).sort((one, other) => (skills[one] ?? one).localeCompare(skills[other] ?? other));
  const free = Object.keys(skills).filter((skill) => !(skill in levels));
  const whole = at(problems, ...path);
  return (
    <fieldset className={classes.levels}>
      <legend>{label}</legend>
      {chosen.length === 0 && <p className={classes.help}>{none}</p>}
      {chosen.map((skill) => {
        const wrong = at(problems, ...path, skill);
        const name = skills[skill] ?? skill;
        return (
          <div key={skill} className={classes.level}>
            <span>{name}</span>
            <SegmentedControl
              size="xs"
              aria-label={t("admin.levelOf", { skill: name })}
              data={LEVELS}
              value={String(levels[skill])}
              onChange={(level) => change({ ...levels, [skill]: Number(level) })}
            />
            <ActionIcon variant="subtle" color="gray" aria-label={t("admin.removeThis", { what: name })} onClick={() => change(without(levels, skill))}>
              <IconX size={16} />
            </ActionIcon>
            {wrong !== undefined && <p className={classes.wrong}>{wrong}</p>}
          </div>
        );
      })}
      {free.length > 0 && (
        <Select
          className={classes.adder}
          aria-label={`${label}: ${t("admin.addSkill")}`}
          placeholder={t("admin.addSkill")}
          data={free.map((skill) => ({ value: skill, label: skills[skill] ?? skill }))}
          value={null}
          searchable
          onChange={(skill) => skill !== null && change({ ...levels, [skill]: 3 })}
        />
      )}
      {whole !== undefined && <p className={classes.wrong}>{whole}</p>}
    </fieldset>
  );
}
