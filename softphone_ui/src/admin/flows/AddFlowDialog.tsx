import { Button, Modal, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { addFlow, flowQuery, flowsQuery } from "../../api/flows";
import { navigate } from "../../app/router";
import { inWords } from "../../common/say";
import classes from "./Flows.module.css";
import { idFor } from "./ids";

export function AddFlowDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [language, setLanguage] = useState("en");
  const add = useMutation({
    mutationFn: () => addFlow({ flow_id: idFor(name), name: name.trim(), language }),
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
          data={[
            { value: "en", label: "English" },
            { value: "zh", label: "中文" },
          ]}
          value={language}
          allowDeselect={false}
          onChange={(value) => setLanguage(value ?? "en")}
        />
        {add.error !== null && (
          <p role="alert" className={classes.refused}>
            {inWords(add.error)}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t("admin.cancel")}
          </Button>
          <Button type="submit" disabled={name.trim() === ""} loading={add.isPending}>
            {t("flows.begin")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
