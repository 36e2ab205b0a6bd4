import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { Mark } from "../common/Mark";
import { AudioHealth } from "./AudioHealth";
import classes from "./Header.module.css";
import { LiveLine } from "./LiveLine";
import { OfferPill } from "./OfferPill";
import { QueuesGlance } from "./QueuesGlance";
import { StateMenu } from "./StateMenu";
import { UserMenu } from "./UserMenu";

/** The top bar: who I am to the queues, how my audio is, what waits. Same places on every page. */
export function Header({ me }: { me: Me }) {
  const { t } = useTranslation();
  const agent = me.agent_id !== null;
  return (
    <header className={classes.bar}>
      <div className={classes.brand}>
        <Mark size={22} />
        <b>{t("app.name")}</b>
      </div>
      {agent && <StateMenu />}
      {agent && <AudioHealth />}
      <div className={classes.space} />
      {me.agent_id !== null && <OfferPill agentId={me.agent_id} />}
      <LiveLine quiet={agent} />
      {agent && <QueuesGlance />}
      <kbd className={classes.key} aria-hidden="true">
        {t("nav.searchHint")}
      </kbd>
      <UserMenu me={me} />
    </header>
  );
}
