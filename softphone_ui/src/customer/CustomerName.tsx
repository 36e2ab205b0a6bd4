import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { IconCheck, IconPencil, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { renameCustomer } from "../api/actions";
import { ApiError } from "../api/client";
import type { Customer } from "../api/live";
import { say } from "../common/say";
import classes from "./Customer.module.css";

/** What is being typed, and the version of the record that it is typed on. */
interface Draft {
  text: string;
  version: number;
}

/** The name, and a pencil: a new caller's name is asked for in the first seconds and must be quick to write down. */
export function CustomerName({ customer, id }: { customer: Customer; id: string }) {
  const { t } = useTranslation();
  const [saved, setSaved] = useState<Customer | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const latest = saved !== null && saved.version >= customer.version ? saved : customer;
  if (draft !== null)
    return (
      <NameForm
        id={id}
        draft={draft}
        change={setDraft}
        done={(changed) => {
          if (changed !== null) setSaved(changed);
          setDraft(null);
        }}
      />
    );
  return (
    <div className={classes.nameRow}>
      <h2 className={classes.name}>{latest.name}</h2>
      <button
        type="button"
        className={classes.icon}
        aria-label={t("customer.editName")}
        onClick={() => setDraft({ text: customer.is_new && saved === null ? "" : latest.name, version: latest.version })}
      >
        <IconPencil size={14} />
      </button>
    </div>
  );
}

interface FormProps {
  id: string;
  draft: Draft;
  change: (draft: Draft) => void;
  /** With the record as it is now; null: nothing came of it. */
  done: (changed: Customer | null) => void;
}

/** Somebody else was faster: what was typed stays, what they wrote is shown, and the person chooses. */
function NameForm({ id, draft, change, done }: FormProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [theirs, setTheirs] = useState<Customer | null>(null);
  const rename = useMutation({
    mutationFn: ({ text, version }: Draft) => renameCustomer(id, text.trim(), version),
    meta: { silent: true },
    onSuccess: (changed) => {
      done(changed);
      return queries.invalidateQueries({ queryKey: ["customers"] });
    },
    onError: (error) => {
      const now = changedSince(error);
      if (now === null) say.failure(error);
      setTheirs(now);
    },
  });
  const empty = draft.text.trim() === "";
  const save = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!empty) rename.mutate(theirs === null ? draft : { ...draft, version: theirs.version });
  };
  return (
    <form onSubmit={save} onKeyDown={(event) => event.key === "Escape" && done(theirs)}>
      <div className={classes.nameRow}>
        <TextInput
          size="xs"
          autoFocus
          aria-label={t("customer.name")}
          value={draft.text}
          onChange={(event) => change({ ...draft, text: event.currentTarget.value })}
        />
        {theirs === null && (
          <>
            <ActionIcon type="submit" variant="default" aria-label={t("customer.saveName")} loading={rename.isPending} disabled={empty}>
              <IconCheck size={16} />
            </ActionIcon>
            <ActionIcon variant="default" aria-label={t("customer.cancel")} onClick={() => done(null)}>
              <IconX size={16} />
            </ActionIcon>
          </>
        )}
      </div>
      {theirs !== null && (
        <div role="alert" className={classes.conflict}>
          {t("customer.nameTaken", { name: theirs.name })}
          <Group gap="xs">
            <Button size="compact-xs" type="submit" loading={rename.isPending} disabled={empty}>
              {t("customer.saveMine")}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => done(theirs)}>
              {t("customer.keepTheirs")}
            </Button>
          </Group>
        </div>
      )}
    </form>
  );
}

/** The record as it is now, when that is why; null: something else went wrong. */
function changedSince(error: Error): Customer | null {
  return error instanceof ApiError && error.code === "changed_since" && error.current !== null ? (error.current as Customer) : null;
}
