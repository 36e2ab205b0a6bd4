import { Button, MultiSelect, SegmentedControl, Select, TextInput } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { reportFile } from "../api/reports";
import { navigate } from "../app/router";
import { ABOUT, type About } from "./about";
import { daysBetween, daysOf, intervalsFor, PERIODS, type Period } from "./period";
import classes from "./Reports.module.css";
import type { Asked } from "./useAsked";
import { useDownload } from "./useDownload";

const BESIDE = ["none", "before", "weekdays"] as const;

interface Props {
  about: About;
  asked: Asked;
  change: (part: Partial<Asked>) => void;
  names: Readonly<Record<string, string>>;
  /** Today's date where the installation is; null: not known yet. */
  today: string | null;
}

/** What the report is about: which days, how long a line is, who is in it. */
export function ReportBar({ about, asked, change, names, today }: Props) {
  const { t } = useTranslation();
  const [busy, download] = useDownload();
  const { first, last } = asked.first === "" && today !== null ? daysOf("today", today) : asked;
  const intervals = first === "" ? intervalsFor(1) : intervalsFor(daysBetween(first, last));
  const setDays = (days: { first: string; last: string }, period: Period): void => {
    if (days.first === "" || days.last === "") return;
    const ordered = days.first <= days.last ? days : { first: days.first, last: days.first };
    const length = daysBetween(ordered.first, ordered.last);
    const fits = intervalsFor(length);
    const usual = length > 3 ? "day" : asked.interval;
    const interval = length > 3 || !fits.includes(asked.interval) ? usual : asked.interval === "day" ? "half_hour" : asked.interval;
    change({ ...(period === "today" ? { first: "", last: "" } : ordered), interval: fits.includes(interval) ? interval : (fits[0] ?? "day"), period });
  };
  const choices = Object.entries(names)
    .map(([value, label]) => ({ value, label }))
    .sort((one, other) => one.label.localeCompare(other.label));
  const everybody = t(`reports.all.${about}`);
  return (
    <form className={classes.bar} role="search" aria-label={t("reports.filter")} onSubmit={(event) => event.preventDefault()}>
      <Select
        aria-label={t("reports.about")}
        data={ABOUT.map((value) => ({ value, label: t(`reports.abouts.${value}`) }))}
        value={about}
        onChange={(next) => next !== null && navigate(`/reports/${next}`)}
        allowDeselect={false}
        w={112}
      />
      <Select
        aria-label={t("reports.period")}
        data={PERIODS.map((value) => ({ value, label: t(`reports.periods.${value}`) }))}
        value={asked.period}
        onChange={(period) => period !== null && today !== null && (period === "days" ? change({ period, first, last }) : setDays(daysOf(period, today), period))}
        allowDeselect={false}
        w={132}
      />
      <TextInput type="date" aria-label={t("reports.firstDay")} value={first} {...(today === null ? {} : { max: today })} onChange={(event) => setDays({ first: event.currentTarget.value, last }, "days")} />
      <TextInput type="date" aria-label={t("reports.lastDay")} value={last} min={first} {...(today === null ? {} : { max: today })} onChange={(event) => setDays({ first, last: event.currentTarget.value }, "days")} />
      <Select
        aria-label={t("reports.interval")}
        data={intervals.map((value) => ({ value, label: t(`reports.intervals.${value}`) }))}
        value={asked.interval}
        onChange={(interval) => interval !== null && change({ interval })}
        allowDeselect={false}
        w={124}
      />
      <Select
        aria-label={t("reports.beside")}
        data={BESIDE.map((value) => ({ value, label: t(`reports.besides.${value}`) }))}
        value={asked.beside ?? "none"}
        onChange={(beside) => beside !== null && change({ beside: beside === "none" ? null : beside })}
        allowDeselect={false}
        w={168}
      />
      <MultiSelect className={classes.only} aria-label={everybody} placeholder={asked.only.length === 0 ? everybody : ""} data={choices} value={[...asked.only]} onChange={(only) => change({ only })} searchable clearable hidePickedOptions />
      <SegmentedControl
        aria-label={t("reports.lines")}
        value={asked.by}
        onChange={(by) => change({ by })}
        data={[
          { value: "time", label: t("reports.byTime") },
          { value: "name", label: t(`reports.by.${about}`) },
        ]}
      />
      <Button variant="default" leftSection={<IconDownload size={16} />} loading={busy} onClick={() => download(() => reportFile(about, asked), `${about}-${first || "today"}.csv`)}>
        {t("reports.export")}
      </Button>
    </form>
  );
}
