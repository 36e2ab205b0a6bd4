import { useTranslation } from "react-i18next";

import { Link } from "../app/Link";
import classes from "./Admin.module.css";
import { useConfiguration } from "./configuration";
import { under } from "./document";
import { DraftBox } from "./DraftBox";
import { GROUPS, type Section } from "./sections";

/** The sections that this person may open, by group, each with what needs attention there; the draft at the foot. */
export function AdminNav({ sections, current }: { sections: readonly Section[]; current: string | null }) {
  const { t } = useTranslation();
  return (
    <nav className={classes.nav} aria-label={t("admin.sections")}>
      {GROUPS.map((group) => {
        const inGroup = sections.filter((section) => section.group === group);
        if (inGroup.length === 0) return null;
        return (
          <section key={group} aria-label={t(`admin.group.${group}`)}>
            <h2>{t(`admin.group.${group}`)}</h2>
            {inGroup.map((section) => (
              <Link
                key={section.name}
                href={`/admin/${section.name}`}
                aria-current={section.name === current ? "page" : undefined}
                onPointerEnter={() => void section.Page.preload()}
                onFocus={() => void section.Page.preload()}
              >
                <span>{t(`admin.section.${section.name}`)}</span>
                <Mistakes section={section} />
                {section.Badge && <section.Badge />}
              </Link>
            ))}
          </section>
        );
      })}
      <DraftBox />
    </nav>
  );
}

function Mistakes({ section }: { section: Section }) {
  const { t } = useTranslation();
  const { problems } = useConfiguration();
  const count = (section.parts ?? []).reduce((sum, part) => sum + under(problems, part).length, 0);
  if (count === 0) return null;
  return (
    <span className={classes.badge} data-tone="bad" aria-label={t("admin.mistakes", { count })}>
      {count}
    </span>
  );
}
