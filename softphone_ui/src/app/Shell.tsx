import { Tooltip } from "@mantine/core";
import { IconChartBar, IconHeadset, IconHistory, IconSearch, IconSettings, type Icon } from "@tabler/icons-react";
import { spotlight } from "@mantine/spotlight";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { Header } from "../header/Header";
import { Link } from "./Link";
import { useRoute } from "./router";
import classes from "./Shell.module.css";

/** Top bar, rail, page: the frame that never moves. */
export function Shell({ me, children }: { me: Me; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#page">
        {t("app.skip")}
      </a>
      <Header me={me} />
      <Rail me={me} />
      <div id="page" className={classes.page} tabIndex={-1}>
        {children}
      </div>
    </div>
  );
}

function Rail({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { page } = useRoute();
  return (
    <nav className={classes.rail} aria-label={t("nav.main")}>
      {me.agent_id !== null && <RailLink href="/desk" icon={IconHeadset} label={t("nav.desk")} on={page === "desk"} />}
      {me.role !== "agent" && <RailLink href="/board" icon={IconChartBar} label={t("nav.board")} on={page === "board"} />}
      <RailLink href="/calls" icon={IconHistory} label={t("nav.calls")} on={page === "calls"} />
      {me.role === "admin" && <RailLink href="/admin" icon={IconSettings} label={t("nav.admin")} on={page === "admin"} />}
      <Tooltip label={`${t("nav.search")} · ${t("nav.searchHint")}`} position="right">
        <button type="button" className={classes.item} aria-label={t("nav.search")} onClick={spotlight.open}>
          <IconSearch size={20} stroke={1.6} />
        </button>
      </Tooltip>
    </nav>
  );
}

function RailLink({ href, icon: Symbol, label, on }: { href: string; icon: Icon; label: string; on: boolean }) {
  return (
    <Tooltip label={label} position="right">
      <Link href={href} className={classes.item} aria-label={label} aria-current={on ? "page" : undefined}>
        <Symbol size={20} stroke={1.6} />
      </Link>
    </Tooltip>
  );
}
