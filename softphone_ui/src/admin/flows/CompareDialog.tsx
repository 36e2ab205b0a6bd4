import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { draftDiffQuery, versionsDiffQuery } from "../../api/flows";
import { inWords } from "../../common/say";
import classes from "./Flows.module.css";

export type Compared = { kind: "draft"; text: string; version: number } | { kind: "versions"; version: number; against: number };

export function CompareDialog({ flowId, compared, close }: { flowId: string; compared: Compared; close: () => void }) {
  const { t } = useTranslation();
  const title = compared.kind === "draft" ? t("flows.draftAgainst", { version: compared.version }) : t("flows.versionsAgainst", { before: compared.against, after: compared.version });
  return (
    <Modal opened onClose={close} size="xl" title={title} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Diff flowId={flowId} compared={compared} label={title} />
    </Modal>
  );
}

/** What a line of a unified diff is, by its first character. */
const KINDS: Record<string, string> = { "+": "added", "-": "removed", "@": "place" };

export function Diff({ flowId, compared, label }: { flowId: string; compared: Compared; label: string }) {
  const { t } = useTranslation();
  const ofDraft = useQuery({ ...draftDiffQuery(flowId, compared.version, compared.kind === "draft" ? compared.text : ""), enabled: compared.kind === "draft" });
  const ofVersions = useQuery({ ...versionsDiffQuery(flowId, compared.version, compared.kind === "versions" ? compared.against : 0), enabled: compared.kind === "versions" });
  const diff = compared.kind === "draft" ? ofDraft : ofVersions;
  if (diff.isError) return <p className={classes.refused}>{inWords(diff.error)}</p>;
  if (diff.data?.text === "") return <p className={classes.help}>{t("admin.noChanges")}</p>;
  return (
    <pre className={classes.diff} tabIndex={0} aria-label={label} aria-busy={diff.isPending}>
      {(diff.data?.text ?? "").split("\n").slice(2).map((line, index) => (
        <span key={index} data-kind={KINDS[line.charAt(0)]}>
          {line.startsWith("@@") ? "…" : line}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
