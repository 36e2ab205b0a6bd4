import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { changeSettings, settingsQuery } from "../api/settings";
import { Notice } from "../common/Notice";
import { inWords, say } from "../common/say";
import { reasonWords } from "../common/words";
import classes from "./Admin.module.css";
import { Adder } from "./SkillsSection";

/** The reasons for being away: a list that applies to every screen as soon as it is saved. */
export function AwayReasonsPage() {
  const { t } = useTranslation();
  const settings = useQuery(settingsQuery);
  if (settings.isError)
    return <Notice tone="bad" title={t("away.cannotLoad")} text={inWords(settings.error)} action={{ label: t("app.retry"), run: () => void settings.refetch(), busy: settings.isFetching }} />;
  if (settings.isPending)
    return (
      <div className={classes.loading} role="status">
        {t("app.loading")}
      </div>
    );
  return <Reasons key={settings.data.away_reasons.join("\n")} saved={settings.data.away_reasons} />;
}

function Reasons({ saved }: { saved: readonly string[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reasons, setReasons] = useState(saved);
  const save = useMutation({
    mutationFn: () => changeSettings({ away_reasons: reasons.map((reason) => reason.trim()), first_steps: null }),
    onSuccess: (settings) => {
      queries.setQueryData(settingsQuery.queryKey, settings);
      say.note(t("away.saved"));
    },
  });
  const names = reasons.map((reason) => reason.trim());
  const twice = new Set(names).size !== names.length;
  const differs = names.join("\n") !== saved.join("\n");
  const wrong = names.length === 0 ? t("away.atLeastOne") : twice ? t("away.twice") : null;
  return (
    <div className={classes.wide}>
      <section className={classes.card} aria-label={t("admin.section.away")}>
        <h2>{t("admin.section.away")}</h2>
        <p className={classes.help}>{t("away.help")}</p>
        <div className={classes.rows}>
          {reasons.map((reason, index) => (
            <div key={index} className={classes.reasonRow}>
              <TextInput
                aria-label={t("away.reason", { number: index + 1 })}
                description={reasonWords(t, reason) === reason ? undefined : reasonWords(t, reason)}
                inputWrapperOrder={["label", "input", "description", "error"]}
                value={reason}
                maxLength={100}
                onChange={(event) => setReasons(reasons.map((each, other) => (other === index ? event.currentTarget.value : each)))}
              />
              <ActionIcon variant="subtle" color="gray" aria-label={t("admin.removeThis", { what: reason })} onClick={() => setReasons(reasons.filter((_, other) => other !== index))}>
                <IconX size={16} />
              </ActionIcon>
            </div>
          ))}
        </div>
        <Adder label={t("away.new")} add={(name) => setReasons([...reasons, name])} />
        {wrong !== null && (
          <p role="alert" className={classes.wrong}>
            {wrong}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" disabled={!differs} onClick={() => setReasons(saved)}>
            {t("away.discard")}
          </Button>
          <Button disabled={!differs || wrong !== null || names.includes("")} loading={save.isPending} onClick={() => save.mutate()}>
            {t("away.save")}
          </Button>
        </div>
      </section>
    </div>
  );
}
