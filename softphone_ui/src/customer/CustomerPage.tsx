import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { TimelineItem } from "../api/live";
import { customerQuery } from "../api/queries";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import { ItemDetail } from "./ItemDetail";
import classes from "./CustomerPage.module.css";
import { Profile } from "./Profile";
import { Skeletons } from "./Skeletons";
import { Timeline } from "./Timeline";

interface Opened {
  id: string;
  /** What the list knows of it. */
  first?: TimelineItem;
  /** At this message. */
  at?: string | undefined;
}

/** One customer, reached by Ctrl K: profile and history at the left, what is opened at the right. */
export function CustomerPage({ customerId, opened: wanted = null }: { customerId: string; opened?: Opened | null }) {
  const { t } = useTranslation();
  const customer = useQuery(customerQuery(customerId));
  const [opened, setOpened] = useState<Opened | null>(wanted);
  if (customer.isError) {
    return (
      <Notice
        tone="bad"
        title={t("customer.failed")}
        text={inWords(customer.error)}
        action={{ label: t("app.retry"), run: () => void customer.refetch(), busy: customer.isFetching }}
      />
    );
  }
  return (
    <main className={classes.page} aria-label={t("customer.title")}>
      <div className={classes.side}>
        {customer.isPending ? (
          <Skeletons label={t("app.loading")} />
        ) : (
          <>
            <Profile customer={customer.data} />
            <Timeline customerId={customerId} first={[]} open={(item) => setOpened({ id: item.interaction_id, first: item })} />
          </>
        )}
      </div>
      <div className={classes.opened}>
        {opened === null ? (
          <Notice title={t("customer.chooseItem")} />
        ) : (
          <div className={classes.sheet}>
            <ItemDetail id={opened.id} first={opened.first} at={opened.at} name={customer.data?.name ?? ""} back={() => setOpened(null)} open={(id) => setOpened({ id })} />
          </div>
        )}
      </div>
    </main>
  );
}
