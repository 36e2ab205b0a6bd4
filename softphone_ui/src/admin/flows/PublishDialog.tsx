import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../../api/client";
import { flowQuery, flowsQuery, flowVersionsQuery, publishFlow, type FlowDetail } from "../../api/flows";
import { inWords, say } from "../../common/say";
import { Diff } from "./CompareDialog";
import classes from "./Flows.module.css";
import type { FlowWork } from "./useFlowWork";

/** Every change once more, with a reason, before callers hear it. */
export function PublishDialog({ flow, work, close }: { flow: FlowDetail; work: FlowWork; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [comment, setComment] = useState("");
  const seen = flow.published?.version ?? 0;
  const publish = useMutation({
    mutationFn: () => publishFlow(flow.flow_id, work.text, seen, comment),
    meta: { silent: true },
    onSuccess: (published) => {
      queries.setQueryData(flowQuery(flow.flow_id).queryKey, published);
      void queries.invalidateQueries({ queryKey: flowVersionsQuery(flow.flow_id).queryKey });
      void queries.invalidateQueries({ queryKey: flowsQuery.queryKey, exact: true });
      say.note(t("flows.published", { version: published.published?.version ?? 0 }));
      close();
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 409) void queries.invalidateQueries({ queryKey: flowQuery(flow.flow_id).queryKey });
    },
  });
  const overtaken = publish.error instanceof ApiError && publish.error.status === 409;
  return (
    <Modal opened onClose={close} size="xl" title={t("flows.publishTitle", { name: flow.name })} closeButtonProps={{ "aria-label": t("admin.keepEditing") }}>
      <form
        className={classes.dialog}
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate();
        }}
      >
        <p className={classes.help}>{t("flows.publishHelp")}</p>
        {seen > 0 && <Diff flowId={flow.flow_id} compared={{ kind: "draft", text: work.text, version: seen }} label={t("flows.draftAgainst", { version: seen })} />}
        <TextInput label={t("admin.comment")} placeholder={t("admin.commentHint")} value={comment} maxLength={500} onChange={(event) => setComment(event.currentTarget.value)} data-autofocus />
        {publish.error !== null && (
          <div role="alert" className={classes.refused}>
            {inWords(publish.error)} {overtaken && t("flows.overtaken")}
          </div>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t("admin.keepEditing")}
          </Button>
          <Button type="submit" loading={publish.isPending}>
            {t("flows.publish")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
