import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { usersQuery, type User, type UserFilter } from "../../api/users";
import { navigate } from "../../app/router";
import { Notice } from "../../common/Notice";
import { inWords } from "../../common/say";
import { NEW, useAdding } from "../asked";
import { EditDrawer } from "./EditDrawer";
import { InviteDrawer, type Renewed } from "./InviteDrawer";
import { PeopleBar } from "./PeopleBar";
import { PeopleList } from "./PeopleList";
import classes from "./People.module.css";
import { PersonCard } from "./PersonCard";

const EVERYBODY: UserFilter = { query: "", role: null, state: null };

/** People: the list above, the one who is chosen below, and what is being done at the right. `item`: the chosen one, or `NEW`. */
export function PeoplePage({ item }: { item: string | null }) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState(EVERYBODY);
  const [settled] = useDebouncedValue(filter, 250);
  const [offset, setOffset] = useState(0);
  const inviting = useAdding("people", item);
  const [editing, edit] = useState(false);
  const [renewed, setRenewed] = useState<Renewed>({});
  const chosen = item === NEW ? null : item;
  const drawer = inviting.adding ? "invite" : editing && chosen !== null ? "edit" : null;
  const users = useQuery(usersQuery(settled, offset));
  const narrow = (part: Partial<UserFilter>): void => {
    setFilter({ ...filter, ...part });
    setOffset(0);
  };
  const choose = (user: User): void => navigate(`/admin/people/${user.user_id}`);
  return (
    <div className={classes.page} data-drawer={drawer !== null}>
      <PeopleBar filter={filter} narrow={narrow} counts={users.data?.counts} invite={() => {
          edit(false);
          inviting.add();
        }} />
      <section className={classes.card} aria-label={t("people.title")}>
        {users.isError ? (
          <Notice tone="bad" title={t("people.cannotLoad")} text={inWords(users.error)} action={{ label: t("app.retry"), run: () => void users.refetch(), busy: users.isFetching }} />
        ) : users.isPending ? (
          <div role="status" className={classes.none}>
            {t("app.loading")}
          </div>
        ) : users.data.items.length === 0 ? (
          <Notice title={t("people.none")} text={t("people.noneText")} action={{ label: t("people.showAll"), run: () => narrow(EVERYBODY) }} />
        ) : (
          <PeopleList
            page={users.data}
            offset={offset}
            turn={setOffset}
            chosen={chosen}
            choose={choose}
            busy={users.isPlaceholderData}
            renewed={(user, link) => setRenewed((before) => ({ ...before, [user.user_id]: link }))}
          />
        )}
      </section>
      {chosen === null ? (
        <section className={classes.card} aria-label={t("people.person")}>
          <Notice title={t("people.choose")} text={t("people.chooseText")} />
        </section>
      ) : (
        <PersonCard
          key={chosen}
          id={chosen}
          edit={() => {
            inviting.close();
            edit(true);
          }}
        />
      )}
      {drawer === "invite" && <InviteDrawer renewed={renewed} close={inviting.close} />}
      {drawer === "edit" && chosen !== null && <EditDrawer key={chosen} id={chosen} close={() => edit(false)} />}
    </div>
  );
}
