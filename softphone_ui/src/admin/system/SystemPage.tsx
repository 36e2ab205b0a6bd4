import { useTranslation } from "react-i18next";

import { Link } from "../../app/Link";
import classes from "../Admin.module.css";
import { useLive } from "../../live/LiveProvider";
import { onDocument } from "../configuration";
import { DeadLettersView } from "./DeadLettersView";
import { NotificationsView } from "./NotificationsView";
import { VersionsView } from "./VersionsView";
import { YamlView } from "./YamlView";

const VIEWS = ["set-aside", "notifications", "yaml", "versions"] as const;

const Yaml = onDocument((editing) => <YamlView key={editing.busy ? "draft" : editing.saved.version} {...editing} />);
const Versions = onDocument(VersionsView);

/** What concerns the whole installation: messages that could not be used, the configuration as text, its versions. */
export function SystemPage({ item }: { item: string | null }) {
  const { t } = useTranslation();
  const firstSteps = useLive((state) => state.settings.first_steps);
  const [first, ...rest] = item?.split("/") ?? [];
  const view = VIEWS.find((name) => name === first) ?? "set-aside";
  const below = rest.join("/") || null;
  return (
    <div className={classes.views}>
      <nav className={classes.viewNames} aria-label={t("admin.section.system")}>
        {VIEWS.map((name) => (
          <Link key={name} href={`/admin/system/${name}`} aria-current={name === view ? "page" : undefined}>
            {t(`admin.view.${name}`)}
          </Link>
        ))}
        {!firstSteps && <Link href="/admin/setup">{t("admin.section.setup")}</Link>}
      </nav>
      <div className={classes.view}>
        {view === "set-aside" && <DeadLettersView />}
        {view === "notifications" && <NotificationsView />}
        {view === "yaml" && <Yaml item={below} />}
        {view === "versions" && <Versions item={below} />}
      </div>
    </div>
  );
}
