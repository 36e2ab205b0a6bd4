import { Modal } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Call } from "../api/live";
import { Why } from "../common/Why";
import { Transcript } from "../desk/Transcript";
import { useLive } from "../live/LiveProvider";
import { conversationsNow, lastWords } from "../live/selectors";
import { useRunning } from "../live/useRunning";
import { SuperviseButtons, useSuperviseKeys } from "../supervision/SuperviseButtons";
import { useSupervision } from "../supervision/SupervisionProvider";
import { isOpen } from "../supervision/supervision";
import classes from "./Board.module.css";
import { useHeldOrder } from "./useHeldOrder";

/** Every call in progress with its last words; opens to read along, and to whoever may listen. No row moves under the pointer. */
export function ConversationsCard() {
  const { t } = useTranslation();
  const all = useLive((state) => state.calls);
  const groups = useMemo(() => [{ key: "now", ids: conversationsNow(all).map((call) => call.call_id) }], [all]);
  const { shown, inside } = useHeldOrder(groups, "");
  const calls = (shown[0]?.ids ?? []).flatMap((id) => all[id] ?? []);
  const supervises = useSupervision() !== null;
  const agents = useLive((state) => state.agents);
  const agentName = (call: Call): string => (call.agent_id === null ? undefined : agents[call.agent_id]?.name) ?? t("board.agent");
  const [readId, setReadId] = useState<string | null>(null);
  const read = readId === null ? undefined : all[readId];
  return (
    <section className={classes.card} {...inside}>
      <h2>{t("board.conversations")}</h2>
      {calls.length === 0 ? (
        <div className={classes.empty}>{t("board.noConversations")}</div>
      ) : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label={t("board.conversations")}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t("board.customer")}</th>
                <th scope="col" className={classes.start}>
                  {t("board.agent")}
                </th>
                <th scope="col" className={classes.start}>
                  {t("board.queue")}
                </th>
                <th scope="col" className={classes.start}>
                  {t("board.state")}
                </th>
                <th scope="col">{t("board.time")}</th>
                <th scope="col" className={classes.start}>
                  {t("board.lastWords")}
                </th>
                <th scope="col">
                  <span className="visually-hidden">{t("board.readAlong")}</span>
                </th>
                {supervises && (
                  <th scope="col">
                    <span className="visually-hidden">{t("supervision.title")}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {calls.map((call) => (
                <Row key={call.call_id} call={call} read={() => setReadId(call.call_id)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Modal
        opened={read !== undefined}
        onClose={() => setReadId(null)}
        title={t("board.transcriptOf", { name: read?.customer_name ?? "" })}
        closeButtonProps={{ "aria-label": t("board.close") }}
        size={640}
      >
        <div className={classes.read}>{read && <Transcript call={read} agent={agentName(read)} />}</div>
      </Modal>
    </section>
  );
}

function Row({ call, read }: { call: Call; read: () => void }) {
  const { t } = useTranslation();
  const agent = useLive((state) => (call.agent_id === null ? undefined : state.agents[call.agent_id]));
  const queue = useLive((state) => (call.queue_id === null ? undefined : state.queues[call.queue_id]));
  const words = useLive((state) => lastWords(call, state.segments[call.call_id]));
  const decision = useLive((state) => (call.work_id === null ? undefined : state.work_items[call.work_id]?.decision));
  const supervises = useSupervision() !== null;
  const keys = useSuperviseKeys(call.call_id);
  const talking = isOpen(call);
  const inHand = talking || call.state === "ringing";
  const from = call.state === "waiting" || call.state === "ringing" ? (call.waiting_since ?? call.started_at) : (call.connected_at ?? call.started_at);
  const time = useRunning(from);
  const name = call.customer_name || call.caller || t("desk.unknownCaller");
  return (
    <tr onKeyDown={talking ? keys : undefined}>
      <td className={classes.name} title={name}>
        <b>{name}</b>
      </td>
      <td className={`${classes.start ?? ""} ${classes.name ?? ""}`} title={agent?.name}>
        {agent?.name ?? "–"}
      </td>
      <td className={`${classes.start ?? ""} ${classes.name ?? ""}`} title={queue?.name}>
        {queue?.name ?? "–"}
      </td>
      <td className={classes.start}>
        {decision && inHand ? <Why decision={decision} agentId={call.agent_id} label={t(`board.callState.${call.state}`)} /> : t(`board.callState.${call.state}`)}
      </td>
      <td>{time}</td>
      <td className={`${classes.start ?? ""} ${classes.words ?? ""}`}>{words === "" ? "" : `“${words}”`}</td>
      <td>
        {talking && (
          <button type="button" className={classes.small} onClick={read}>
            {t("board.readAlong")}
          </button>
        )}
      </td>
      {supervises && (
        <td className={classes.ways}>
          {talking && <SuperviseButtons callId={call.call_id} customer={name} agent={agent?.name ?? t("board.agent")} />}
        </td>
      )}
    </tr>
  );
}
