import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/live";
import { Boundary } from "../app/Boundary";
import { navigate } from "../app/router";
import { Notice } from "../common/Notice";
import { useLive } from "../live/LiveProvider";
import classes from "./Admin.module.css";
import { AdminNav } from "./AdminNav";
import { ConfigurationProvider } from "./configuration";
import { openDraft } from "./draft";
import { MOVED, SECTIONS } from "./sections";

/** Administration: the sections at the left, one of them beside it, and one draft of the routing at the foot. */
export function AdminPage({ me, section, item }: { me: Me; section: string | null; item: string | null }) {
  const { t } = useTranslation();
  const firstSteps = useLive((state) => state.settings.first_steps);
  const open = SECTIONS.filter(({ may }) => may(me));
  // Whoever opens the Administration looks for people or settings: the first steps are chosen, or led to by the first link.
  const moved = section === null ? open.find(({ group }) => group !== "start")?.name : MOVED[section];
  useEffect(() => openDraft(me.user_id), [me.user_id]);
  useEffect(() => {
    if (moved !== undefined) navigate(["/admin", moved, item].filter((part) => part !== null).join("/"), "replace");
  }, [moved, item]);
  const shown = SECTIONS.find(({ name }) => name === section);
  return (
    <ConfigurationProvider>
      <main className={classes.page} aria-label={t("admin.title")}>
        <AdminNav sections={open.filter(({ group }) => group !== "start" || firstSteps)} current={section} />
        <div className={classes.section}>
          {moved !== undefined ? null : shown === undefined ? (
            <Notice title={t("app.notFound")} text={t("app.notFoundHelp")} />
          ) : shown.may(me) ? (
            <Boundary key={shown.name}>
              <shown.Page item={item} />
            </Boundary>
          ) : (
            <Notice title={t("app.notYours", { page: t(`admin.section.${shown.name}`) })} text={t("app.askAdministrator")} />
          )}
        </div>
      </main>
    </ConfigurationProvider>
  );
}
