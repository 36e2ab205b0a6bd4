import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { interactionQuery } from "../api/queries";
import { navigate } from "../app/router";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import classes from "./CustomerPage.module.css";
import { CustomerPage } from "./CustomerPage";
import { ItemDetail } from "./ItemDetail";
import { Skeletons } from "./Skeletons";

/** One conversation by its address, beside the history it belongs to; one that is filed under nobody stands alone. */
export function ConversationPage({ interactionId, messageId }: { interactionId: string; messageId: string | null }) {
  const { t } = useTranslation();
  const found = useQuery(interactionQuery(interactionId));
  if (found.isError) {
    return (
      <Notice
        tone="bad"
        title={t("reading.failed")}
        text={inWords(found.error)}
        action={{ label: t("app.retry"), run: () => void found.refetch(), busy: found.isFetching }}
      />
    );
  }
  if (found.isPending) return <Skeletons label={t("app.loading")} />;
  const opened = { id: interactionId, at: messageId ?? undefined };
  if (found.data.customer_id !== null) return <CustomerPage customerId={found.data.customer_id} opened={opened} />;
  return (
    <main className={classes.opened} aria-label={t("reading.title")}>
      <div className={classes.sheet}>
        <ItemDetail id={interactionId} at={opened.at} name="" back={() => history.back()} open={(id) => navigate(`/conversations/${id}`)} />
      </div>
    </main>
  );
}
