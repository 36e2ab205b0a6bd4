import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import type { System } from "../api/live";
import { processWords } from "../common/serverWords";
import { useLive } from "../live/LiveProvider";
import en from "../i18n/en.json";
import classes from "./Board.module.css";

type Shedding = keyof typeof en.board.shedding;

/** Generated ids are long; their last characters tell nodes apart, the whole one stands in the tooltip. */
const short = (id: string): string => (id.length > 16 ? `…${id.slice(-6)}` : id);

function nodeWords(t: TFunction, node: System["nodes"][number]): string {
  const id = node.name === node.node_id ? short(node.name) : node.name;
  switch (node.state) {
    case "up":
      return t("board.systemNode", { id, legs: node.legs, max: node.max_legs });
    case "draining":
      return t("board.systemNodeDraining", { id, count: node.in_calls });
    case "drained":
      return t("board.systemNodeDrained", { id });
    case "lost":
      return t("board.systemNodeLost", { id });
  }
}

/** Media nodes and speech: quiet while they work, in words when they do not. */
export function SystemCard() {
  const { t } = useTranslation();
  const system = useLive((state) => state.system);
  if (system === null) return null;
  const { asr, nodes, children } = system;
  return (
    <section className={classes.card} data-reveal="system" tabIndex={-1}>
      <h2>{t("board.system")}</h2>
      <div className={classes.system}>
        {nodes.map((node) => (
          <div key={node.node_id} className={node.state === "up" ? undefined : node.state === "lost" ? classes.late : classes.soon} title={node.node_id}>
            {nodeWords(t, node)}
          </div>
        ))}
        <div className={asr.available ? undefined : classes.soon}>
          {asr.available ? t("board.systemSpeech", { model: asr.model ?? "", streams: asr.streams }) : t("board.systemNoSpeech")}
        </div>
        {asr.shedding in en.board.shedding && (
          <div className={classes.soon}>{t("board.systemShedding", { what: t(`board.shedding.${asr.shedding as Shedding}`) })}</div>
        )}
        {children
          .filter((child) => child.restarts > 0)
          .map((child) => (
            <div key={child.name} className={classes.soon}>
              {t("board.restarts", { name: processWords(t, child.name), count: child.restarts })}
            </div>
          ))}
      </div>
    </section>
  );
}
