import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { useRoute } from "../app/router";
import { Mark } from "../common/Mark";
import { useLiveView } from "../live/LiveProvider";
import { SupervisionBar } from "../supervision/SupervisionBar";
import { AudioHealth } from "./AudioHealth";
import classes from "./Header.module.css";
import { LiveLine } from "./LiveLine";
import { OfferPill } from "./OfferPill";
import { QueuesGlance } from "./QueuesGlance";
import { SearchField } from "./SearchField";
import { StateMenu } from "./StateMenu";
import { UserMenu } from "./UserMenu";

/**
 * Left: where I am and what of it I see; an agent's state and audio beside it. Right: search, connection, me, the same on every
 * page. `scope` takes the element that the page fills (`app/Scope.tsx`).
 */
export function Header({ me, scope }: { me: Me; scope: (slot: HTMLElement | null) => void }) {
  const { t } = useTranslation();
  const { page } = useRoute();
  const lost = useLiveView((view) => view.connection === "reconnecting");
  const agent = me.agent_id !== null;
  return (
    <header className={classes.bar} data-lost={lost || undefined} data-agent={agent || undefined}>
      <div className={classes.brand}>
        <Mark size={22} />
        <b>{t("app.name")}</b>
      </div>
      <h1 className={classes.title}>{page === "home" || page === "unknown" ? "" : t(`nav.${page}`)}</h1>
      {agent && <StateMenu />}
      {agent && <AudioHealth />}
      <div ref={scope} className={classes.scope} />
      <SupervisionBar />
      {me.agent_id !== null && <OfferPill agentId={me.agent_id} />}
      {agent && <QueuesGlance />}
      <SearchField />
      <LiveLine brief={me.role === "agent"} page={page} />
      <UserMenu me={me} />
    </header>
  );
}
