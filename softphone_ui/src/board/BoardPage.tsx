import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useLive } from "../live/LiveProvider";
import { AgentsCard } from "./AgentsCard";
import { AttentionCard } from "./attention/AttentionCard";
import classes from "./Board.module.css";
import { ConversationsCard } from "./ConversationsCard";
import { NumbersRow } from "./NumbersRow";
import { QueuesCard } from "./QueuesCard";
import { SystemCard } from "./SystemCard";
import { WaitingCard } from "./WaitingCard";

/** The supervisor's board: everything on it is pushed; nothing on it is asked for. */
export function BoardPage() {
  const { t } = useTranslation();
  const ready = useLive((state) => state.ready);
  return (
    <main className={classes.board} aria-label={t("board.title")}>
      {ready ? (
        <>
          <NumbersRow />
          <div className={classes.column}>
            <QueuesCard />
            <WaitingCard />
            <ConversationsCard />
          </div>
          <div className={classes.column}>
            <AttentionCard />
            <AgentsCard />
            <SystemCard />
          </div>
        </>
      ) : (
        <Loading label={t("app.loading")} />
      )}
    </main>
  );
}

function Loading({ label }: { label: string }) {
  return (
    <>
      <div className={classes.numbers} role="status" aria-label={label}>
        {[0, 1, 2, 3, 4, 5].map((card) => (
          <Skeleton key={card} height={95} radius={12} />
        ))}
      </div>
      <div className={classes.column}>
        <Skeleton height={248} radius={12} />
        <Skeleton height={314} radius={12} />
        <Skeleton height={176} radius={12} />
      </div>
      <div className={classes.column}>
        <Skeleton height={178} radius={12} />
        <Skeleton height={300} radius={12} />
      </div>
    </>
  );
}
