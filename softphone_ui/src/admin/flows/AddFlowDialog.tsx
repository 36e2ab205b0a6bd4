import { Button, Modal, Radio, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { addFlow, flowQuery, flowsQuery, flowWordsQuery, TEMPLATES, type Template } from "../../api/flows";
import { navigate } from "../../app/router";
import { inWords } from "../../common/say";
import { languages } from "../../i18n";
import classes from "./Flows.module.css";
import { idFor } from "./ids";

export function AddFlowDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [language, setLanguage] = useState("en");
  const words = useQuery(flowWordsQuery);
  const queues = Object.entries(words.data?.queues ?? {}).map(([value, label]) => ({ value, label }));
  const [asked, ask] = useState<Template | null>(null);
  const [chosen, choose] = useState<readonly (string | null)[]>([]);
  const template = asked ?? (queues.length > 0 ? "ring_one_queue" : "empty");
  const wanted = Array.from({ length: TEMPLATES[template] }, (_, place) => chosen[place] ?? queues[place]?.value ?? null);
  const complete = wanted.every((queue) => queue !== null) && new Set(wanted).size === wanted.length;
  const add = useMutation({
    mutationFn: () => addFlow({ flow_id: idFor(name), name: name.trim(), language, template, queues: wanted.filter((queue) => queue !== null) }),
    meta: { silent: true },
    onSuccess: (flow) => {
      queries.setQueryData(flowQuery(flow.flow_id).queryKey, flow);
      void queries.invalidateQueries({ queryKey: flowsQuery.queryKey, exact: true });
      navigate(`/admin/flows/${encodeURIComponent(flow.flow_id)}`);
    },
  });
  return (
    <Modal opened onClose={close} title={t("flows.new")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form
        className={classes.dialog}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextInput
          label={t("flows.name")}
          description={name.trim() === "" ? t("flows.nameHelp") : t("flows.idWillBe", { id: idFor(name) })}
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <Select
          label={t("flows.language")}
          description={t("flows.languageHelp")}
          data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
          value={language}
          allowDeselect={false}
          onChange={(value) => setLanguage(value ?? "en")}
        />
        <Radio.Group label={t("flows.beginsWith")} value={template} onChange={(value) => ask(value)}>
          <div className={classes.templates}>
            {(Object.keys(TEMPLATES) as Template[]).map((each) => (
              <Radio key={each} value={each} label={t(`flows.template.${each}`)} description={t(TEMPLATES[each] > queues.length ? "flows.needsQueues" : `flows.templateHelp.${each}`, { count: TEMPLATES[each] })} disabled={TEMPLATES[each] > queues.length} />
            ))}
          </div>
        </Radio.Group>
        {wanted.map((queue, place) => (
          <Select
            key={place}
            label={wanted.length === 1 ? t("flows.queue") : t("flows.queueOfKey", { key: place + 1 })}
            data={queues}
            value={queue}
            searchable
            allowDeselect={false}
            error={place > 0 && queue === wanted[0] ? t("flows.queueTwice") : undefined}
            onChange={(value) => choose(wanted.map((each, other) => (other === place ? value : each)))}
          />
        ))}
        {add.error !== null && (
          <p role="alert" className={classes.refused}>
            {inWords(add.error)}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t("admin.cancel")}
          </Button>
          <Button type="submit" disabled={name.trim() === "" || !complete} loading={add.isPending}>
            {t("flows.begin")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
