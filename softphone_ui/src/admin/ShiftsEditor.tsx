import { ActionIcon, Button, Chip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Problem, Shift } from "../api/configuration";
import classes from "./Admin.module.css";
import { under } from "./document";
import { SpansInput } from "./SpansInput";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

interface Props {
  id: string;
  shifts: Shift[];
  problems: readonly Problem[];
  change: (shifts: Shift[]) => void;
}

/** When an agent is planned to serve. */
export function ShiftsEditor({ id, shifts, problems, change }: Props) {
  const { t } = useTranslation();
  const put = (index: number, part: Partial<Shift>): void => change(shifts.map((each, place) => (place === index ? { ...each, ...part } : each)));
  return (
    <section className={classes.card}>
      <h3>{t("admin.agent.shifts")}</h3>
      {shifts.length === 0 && <p className={classes.help}>{t("admin.agent.noShifts")}</p>}
      {shifts.map((shift, index) => {
        const wrong = under(problems, "agents", id, "shifts", index);
        return (
          <div key={index} className={classes.shift}>
            <Chip.Group multiple value={shift.days} onChange={(days) => put(index, { days: DAYS.filter((day) => days.includes(day)) })}>
              <div className={classes.days} role="group" aria-label={t("admin.hours.days")}>
                {DAYS.map((day) => (
                  <Chip key={day} value={day} size="xs">
                    {t(`admin.day.${day}`)}
                  </Chip>
                ))}
              </div>
            </Chip.Group>
            <SpansInput label={t("admin.hours.spans")} spans={shift.hours} change={(hours) => put(index, { hours })} />
            <ActionIcon variant="subtle" color="gray" aria-label={t("admin.removeThis", { what: t("admin.agent.shift", { number: index + 1 }) })} onClick={() => change(shifts.filter((_, place) => place !== index))}>
              <IconX size={16} />
            </ActionIcon>
            {wrong.length > 0 && <p className={classes.wrong}>{wrong.map((problem) => problem.sentence).join(" ")}</p>}
          </div>
        );
      })}
      <Button variant="default" className={classes.adder ?? ""} onClick={() => change([...shifts, { days: ["mon", "tue", "wed", "thu", "fri"], hours: ["09:00-17:00"] }])}>
        {t("admin.agent.addShift")}
      </Button>
    </section>
  );
}
