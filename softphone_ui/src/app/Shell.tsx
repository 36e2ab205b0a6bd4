import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { Header } from "../header/Header";
import { Link } from "./Link";
import { RAIL, RAIL_FOOT } from "./rail";
import { mayOpen } from "./rights";
import { useRoute } from "./router";
import { ScopeSlot } from "./Scope";
import classes from "./Shell.module.css";

/** Top bar, rail, page: the frame that never moves. */
export function Shell({ me, children }: { me: Me; children: ReactNode }) {
  const { t } = useTranslation();
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#page">
        {t("app.skip")}
      </a>
      <Header me={me} scope={setSlot} />
      <Rail me={me} />
      <div id="page" className={classes.page} tabIndex={-1}>
        <ScopeSlot value={slot}>{children}</ScopeSlot>
      </div>
    </div>
  );
}

function Rail({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <nav className={classes.rail} aria-label={t("nav.main")}>
      <RailPart entries={RAIL} me={me} />
      <div className={classes.space} />
      <RailPart entries={RAIL_FOOT} me={me} />
    </nav>
  );
}

function RailPart({ entries, me }: { entries: typeof RAIL; me: Me }) {
  const { t } = useTranslation();
  const { page } = useRoute();
  return entries
    .filter((entry) => mayOpen(me, entry.page))
    .map(({ page: name, href, icon: Symbol }) => (
      <Link key={name} href={href} className={classes.item} aria-current={page === name ? "page" : undefined}>
        <Symbol size={20} stroke={1.6} aria-hidden="true" />
        {t(`rail.${name}`)}
      </Link>
    ));
}
