import { Button, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Link } from "../app/Link";
import { navigate } from "../app/router";
import { Notice } from "../common/Notice";
import classes from "./Admin.module.css";

interface Entry {
  id: string;
  name: string;
  detail: string;
  mistakes: number;
}

interface Props {
  label: string;
  /** Address of the section; an entry's is below it. */
  path: string;
  entries: readonly Entry[];
  chosen: string | null;
  /** Adds an entry with this name and answers its id. */
  add: (name: string) => string;
  addLabel: string;
  empty: string;
  children: ReactNode;
}

/** Entries of a section on the left, the chosen one's form beside them. */
export function EntryList({ label, path, entries, chosen, add, addLabel, empty, children }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const start = (): void => {
    if (name.trim() === "") return;
    navigate(`${path}/${encodeURIComponent(add(name.trim()))}`);
    setName("");
  };
  return (
    <div className={classes.split}>
      <nav className={classes.list} aria-label={label}>
        <form
          className={classes.add}
          onSubmit={(event) => {
            event.preventDefault();
            start();
          }}
        >
          <TextInput aria-label={addLabel} placeholder={addLabel} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit" variant="default" aria-label={t("admin.add")} disabled={name.trim() === ""} px={10}>
            <IconPlus size={16} stroke={1.8} />
          </Button>
        </form>
        {entries.map((entry) => (
          <Link key={entry.id} href={`${path}/${encodeURIComponent(entry.id)}`} className={classes.entry} aria-current={entry.id === chosen ? "page" : undefined}>
            <b>{entry.name}</b>
            {entry.mistakes > 0 && (
              <span className={classes.count} aria-label={t("admin.mistakes", { count: entry.mistakes })}>
                {entry.mistakes}
              </span>
            )}
            <small>{entry.detail}</small>
          </Link>
        ))}
      </nav>
      <div className={classes.sheet}>{entries.length === 0 ? <Notice title={empty} /> : children}</div>
    </div>
  );
}
