import { IconUserQuestion } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Pop } from "../api/live";
import { Notice } from "../common/Notice";
import classes from "./Customer.module.css";
import { ItemDetail } from "./ItemDetail";
import { Profile } from "./Profile";
import { Skeletons } from "./Skeletons";
import { SoFar } from "./SoFar";
import { Timeline } from "./Timeline";
import { ChangeWho } from "./ChangeWho";
import { Why } from "./Why";
import { WhoIsIt } from "./WhoIsIt";

/** The screen-pop: who, how sure we are, why they call, and everything said before, on any channel. */
export function CustomerColumn({ pop, waiting }: { pop: Pop | null; waiting: boolean }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<string | null>(null);
  if (pop === null) {
    if (waiting) return <Skeletons label={t("customer.identifying")} />;
    return <Notice icon={<IconUserQuestion size={32} stroke={1.4} />} title={t("customer.empty")} text={t("customer.emptyHelp")} />;
  }
  if (opened !== null) {
    const first = pop.timeline.find((item) => item.interaction_id === opened);
    return <ItemDetail id={opened} first={first} name={pop.customer.name} back={() => setOpened(null)} open={setOpened} />;
  }
  return (
    <div className={classes.column}>
      {pop.customer.customer_id === null ? (
        <WhoIsIt pop={pop} />
      ) : (
        <>
          <Profile customer={pop.customer} />
          <ChangeWho interactionId={pop.interaction_id} />
        </>
      )}
      <SoFar pop={pop} />
      <Why pop={pop} open={setOpened} />
      {pop.customer.customer_id !== null && <Timeline customerId={pop.customer.customer_id} first={pop.timeline} except={pop.call_id} open={(item) => setOpened(item.interaction_id)} />}
    </div>
  );
}
