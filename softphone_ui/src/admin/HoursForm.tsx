import { ActionIcon, Autocomplete, Button, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { OpeningHours, Problem } from "../api/configuration";
import classes from "./Admin.module.css";
import { at, under, without } from "./document";
import { Adder } from "./SkillsSection";
import { SpansInput } from "./SpansInput";

interface Props {
  id: string;
  hours: OpeningHours;
  problems: readonly Problem[];
  change: (part: Partial<OpeningHours>) => void;
  remove: () => void;
}

/** A week, single days that differ, and public holidays. */
export function HoursForm({ id, hours, problems, change, remove }: Props) {
  const { t } = useTranslation();
  const zones = useMemo(() => Intl.supportedValuesOf("timeZone"), []);
  const wrong = (...path: (string | number)[]) => at(problems, "hours", id, ...path);
  const holidays = hours.holidays ?? { country: "", subdivision: null };
  const setHolidays = (part: Partial<typeof holidays>): void => {
    const next = { ...holidays, ...part };
    change({ holidays: next.country === "" ? null : next });
  };
  return (
    <section className={classes.form} aria-label={id}>
      <header className={classes.title}>
        <h2>{id}</h2>
        <Button variant="subtle" color="red" onClick={remove}>
          {t("admin.remove")}
        </Button>
      </header>
      <section className={classes.card}>
        <Autocomplete label={t("admin.hours.timeZone")} data={zones} limit={20} value={hours.time_zone} error={wrong("time_zone")} onChange={(time_zone) => change({ time_zone })} />
      </section>
      <Days
        title={t("admin.hours.week")}
        help={t("admin.hours.weekHelp")}
        add={t("admin.hours.addDay")}
        days={hours.week}
        problems={under(problems, "hours", id, "week")}
        change={(week) => change({ week })}
      />
      <Days
        title={t("admin.hours.special")}
        help={t("admin.hours.specialHelp")}
        add={t("admin.hours.addDate")}
        days={hours.special}
        problems={under(problems, "hours", id, "special")}
        change={(special) => change({ special })}
      />
      <section className={classes.card}>
        <h3>{t("admin.hours.holidays")}</h3>
        <div className={classes.pair}>
          <TextInput
            label={t("admin.hours.country")}
            description={t("admin.hours.countryHelp")}
            value={holidays.country}
            error={wrong("holidays", "country")}
            onChange={(event) => setHolidays({ country: event.currentTarget.value.trim().toUpperCase() })}
          />
          <TextInput
            label={t("admin.hours.subdivision")}
            description={t("admin.hours.subdivisionHelp")}
            value={holidays.subdivision ?? ""}
            disabled={holidays.country === ""}
            error={wrong("holidays", "subdivision")}
            onChange={(event) => setHolidays({ subdivision: event.currentTarget.value.trim() || null })}
          />
        </div>
      </section>
    </section>
  );
}

interface DaysProps {
  title: string;
  help: string;
  add: string;
  days: Record<string, string[]>;
  problems: readonly Problem[];
  change: (days: Record<string, string[]>) => void;
}

function Days({ title, help, add, days, problems, change }: DaysProps) {
  const { t } = useTranslation();
  return (
    <section className={classes.card} aria-label={title}>
      <h3>{title}</h3>
      <p className={classes.help}>{help}</p>
      {Object.entries(days).map(([name, spans]) => {
        const wrong = problems.filter((problem) => problem.path[3] === name).map((problem) => problem.sentence);
        return (
          <div key={name} className={classes.day}>
            <code>{name}</code>
            <SpansInput
              label={t("admin.hours.of", { days: name })}
              placeholder={t("admin.hours.closed")}
              spans={spans}
              error={wrong.length > 0 ? wrong.join(" ") : undefined}
              change={(next) => change({ ...days, [name]: next })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("admin.removeThis", { what: name })}
              onClick={() => change(without(days, name))}
            >
              <IconX size={16} />
            </ActionIcon>
          </div>
        );
      })}
      <Adder label={add} add={(name) => change({ ...days, [name]: days[name] ?? [] })} />
    </section>
  );
}
