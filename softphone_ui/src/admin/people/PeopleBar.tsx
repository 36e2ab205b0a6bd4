import { Button, Select, TextInput } from "@mantine/core";
import { IconSearch, IconUserPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Role } from "../../api/live";
import type { UserFilter, UserPage, UserState } from "../../api/users";
import classes from "./People.module.css";

export const ROLES: readonly Role[] = ["agent", "supervisor", "reviewer", "planner", "admin"];
const STATES: readonly (UserState | null)[] = [null, "active", "invited", "disabled"];

interface Props {
  filter: UserFilter;
  narrow: (part: Partial<UserFilter>) => void;
  counts: UserPage["counts"] | undefined;
  invite: () => void;
}

/** Who is shown, and the way to more people. */
export function PeopleBar({ filter, narrow, counts, invite }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.bar} role="search" aria-label={t("people.filter")}>
      <h2>{t("people.title")}</h2>
      <div className={classes.states} role="group" aria-label={t("people.state")}>
        {STATES.map((state) => (
          <button key={state ?? "all"} type="button" aria-pressed={filter.state === state} onClick={() => narrow({ state })}>
            {t(`people.states.${state ?? "all"}`)} <b>{counts?.[state ?? "all"] ?? "–"}</b>
          </button>
        ))}
      </div>
      <TextInput
        aria-label={t("people.search")}
        placeholder={t("people.search")}
        leftSection={<IconSearch size={16} stroke={1.7} />}
        value={filter.query}
        onChange={(event) => narrow({ query: event.currentTarget.value })}
        w={212}
      />
      <Select
        aria-label={t("people.role")}
        placeholder={t("people.anyRole")}
        data={ROLES.map((role) => ({ value: role, label: t(`user.role.${role}`) }))}
        value={filter.role}
        onChange={(role) => narrow({ role: role })}
        clearable
        w={148}
      />
      <span className={classes.space} />
      <span className={classes.hint}>{t("people.atOnce")}</span>
      <Button leftSection={<IconUserPlus size={16} stroke={1.8} />} onClick={invite}>
        {t("people.invite")}
      </Button>
    </div>
  );
}
