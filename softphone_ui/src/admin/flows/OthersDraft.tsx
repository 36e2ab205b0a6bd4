import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { draftOf, type FlowDetail, type FlowDraftInfo } from "../../api/flows";
import { inWords } from "../../common/say";
import classes from "./Flows.module.css";
import type { FlowWork } from "./useFlowWork";
import { Writers } from "./Writers";

/** Somebody else writes, too: both drafts are kept; theirs can be looked at and taken over. */
export function OthersDraft({ flow, draft, work }: { flow: FlowDetail; draft: FlowDraftInfo; work: FlowWork }) {
  const [open, show] = useState(false);
  return (
    <>
      <button type="button" className={classes.chip} data-soon onClick={() => show(true)}>
        <Writers drafts={[draft]} />
      </button>
      {open && <Theirs flow={flow} draft={draft} work={work} close={() => show(false)} />}
    </>
  );
}

function Theirs({ flow, draft, work, close }: { flow: FlowDetail; draft: FlowDraftInfo; work: FlowWork; close: () => void }) {
  const { t } = useTranslation();
  const theirs = useQuery({ queryKey: ["flows", flow.flow_id, "drafts", draft.author_id], queryFn: () => draftOf(flow.flow_id, draft.author_id), gcTime: 0 });
  return (
    <Modal opened onClose={close} size="xl" title={t("flows.draftOf", { name: draft.author })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <div className={classes.dialog}>
        <p className={classes.help}>{t("flows.draftOfHelp", { name: draft.author })}</p>
        {theirs.isError && <p className={classes.refused}>{inWords(theirs.error)}</p>}
        <pre className={classes.diff} tabIndex={0} aria-label={t("flows.draftOf", { name: draft.author })}>
          {theirs.data?.text ?? ""}
        </pre>
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t("admin.cancel")}
          </Button>
          <Button
            disabled={theirs.data === undefined}
            onClick={() => {
              work.editor.current?.replace(theirs.data?.text ?? "");
              close();
            }}
          >
            {t("flows.takeText")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
