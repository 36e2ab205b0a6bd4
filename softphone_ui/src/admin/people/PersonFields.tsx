import { ActionIcon, MultiSelect, Select, Switch } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { useTranslation } from "react-i18next";

import { configurationQuery, type Levels } from "../../api/configuration";
import type { Language, Role } from "../../api/live";
import { listed } from "../../common/listed";
import { languages } from "../../i18n";
import { ROLES } from "./PeopleBar";
import classes from "./People.module.css";
import { LOOKS_AFTER, served } from "./routing";

/** What is said of one person, or of several who are invited together. */
export interface Access {
  role: Role;
  takes_work: boolean;
  language: Language;
  skills: Levels;
  only_queues: string[] | null;
}

interface Props {
  value: Access;
  change: (part: Partial<Access>) => void;
}

/** Role, work, language and skills: the same for inviting and changing. */
export function PersonFields({ value, change }: Props) {
  const { t } = useTranslation();
  const name = useId();
  return (
    <>
      <fieldset className={classes.roles}>
        <legend className="visually-hidden">{t("people.role")}</legend>
        {ROLES.map((role) => (
          <label key={role}>
            <input type="radio" name={name} value={role} checked={value.role === role} onChange={() => change({ role, takes_work: role === "agent" })} />
            {t(`user.role.${role}`)}
            <small>{t(`people.roles.${role}`)}</small>
          </label>
        ))}
      </fieldset>
      {LOOKS_AFTER.includes(value.role) && <Queues chosen={value.only_queues ?? []} change={(only_queues) => change({ only_queues })} />}
      <Switch label={t("people.takesWork")} checked={value.takes_work} onChange={(event) => change({ takes_work: event.currentTarget.checked })} />
      <Select
        label={t("people.language")}
        data={Object.entries(languages).map(([code, label]) => ({ value: code, label }))}
        value={value.language}
        onChange={(code) => code !== null && change({ language: code as Language })}
        allowDeselect={false}
      />
      {value.takes_work && <Skills skills={value.skills} change={(skills) => change({ skills })} />}
    </>
  );
}

function Queues({ chosen, change }: { chosen: string[]; change: (queues: string[] | null) => void }) {
  const { t } = useTranslation();
  const document = useQuery(configurationQuery).data?.document;
  if (document === undefined) return null;
  return (
    <MultiSelect
      label={t("people.sees")}
      description={t("people.seesHelp")}
      placeholder={chosen.length === 0 ? t("people.allQueues") : ""}
      data={Object.entries(document.queues)
        .map(([value, queue]) => ({ value, label: queue.name }))
        .concat(chosen.filter((id) => !(id in document.queues)).map((id) => ({ value: id, label: id })))
        .sort((one, other) => one.label.localeCompare(other.label))}
      value={chosen}
      onChange={(queues) => change(queues.length === 0 ? null : queues)}
    />
  );
}

const LEVELS = ["1", "2", "3", "4", "5"];

function Skills({ skills, change }: { skills: Levels; change: (skills: Levels) => void }) {
  const { t } = useTranslation();
  const document = useQuery(configurationQuery).data?.document;
  if (document === undefined) return null;
  const left = Object.entries(document.skills).filter(([id]) => !(id in skills));
  const queues = served(document, skills);
  return (
    <div role="group" aria-label={t("people.skills")}>
      <p className={classes.label}>{t("people.skills")}</p>
      {Object.entries(skills).map(([id, level]) => (
        <div key={id} className={classes.level}>
          <span>{document.skills[id] ?? id}</span>
          <Select
            aria-label={t("admin.levelOf", { skill: document.skills[id] ?? id })}
            data={LEVELS}
            value={String(level)}
            onChange={(chosen) => chosen !== null && change({ ...skills, [id]: Number(chosen) })}
            allowDeselect={false}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("admin.removeThis", { what: document.skills[id] ?? id })}
            onClick={() => change(Object.fromEntries(Object.entries(skills).filter(([other]) => other !== id)))}
          >
            <IconX size={16} />
          </ActionIcon>
        </div>
      ))}
      {left.length > 0 && (
        <Select
          aria-label={t("admin.addSkill")}
          placeholder={t("admin.addSkill")}
          data={left.map(([id, label]) => ({ value: id, label }))}
          value={null}
          onChange={(id) => id !== null && change({ ...skills, [id]: 3 })}
        />
      )}
      <p className={classes.help}>
        {queues.length > 0 ? (
          t("people.willServe", { queues: listed(queues) })
        ) : Object.keys(document.skills).length === 0 ? (
          t(Object.keys(document.queues).length === 0 ? "people.noQueuesYet" : "people.noSkillsYet")
        ) : (
          <em>{t(Object.keys(skills).length === 0 ? "people.problem.no_skills" : "people.problem.no_queue")}</em>
        )}
      </p>
    </div>
  );
}
