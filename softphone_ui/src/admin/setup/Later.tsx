import { Button, CopyButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconDatabase, IconShieldLock, IconUsers, IconWorld, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { httpsQuery } from "../../api/queries";
import { Link } from "../../app/Link";
import { addressForOthers, onlyHere } from "../../common/ownAddress";
import classes from "./Setup.module.css";

/** What can wait until calls are taken: each with its one way there. `number`: the one that the website's visitors call. */
export function Later({ number }: { number: string }) {
  const { t } = useTranslation();
  const { data: https } = useQuery({ ...httpsQuery, enabled: onlyHere() });
  const line = `<script src="${addressForOthers(https?.address)}/widget.js" data-number="${number}" defer></script>`;
  return (
    <section className={classes.later} aria-label={t("setup.later.title")}>
      <h3>{t("setup.later.title")}</h3>
      <Item name="customers" icon={IconUsers}>
        <Copy text="patchbay import FILE" name="customers" />
      </Item>
      <Item name="website" icon={IconWorld}>
        <Copy text={line} name="website" disabled={number === ""} />
      </Item>
      <Item name="signIn" icon={IconShieldLock}>
        <Button component={Link} href="/admin/people" variant="default" size="xs">
          {t("setup.later.signIn.button")}
        </Button>
      </Item>
      <Item name="backup" icon={IconDatabase}>
        <Copy text={'sqlite3 patchbay.db ".backup patchbay-copy.db"'} name="backup" />
      </Item>
    </section>
  );
}

type Name = "customers" | "website" | "signIn" | "backup";

function Item({ name, icon: Sign, children }: { name: Name; icon: Icon; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div>
      <Sign size={18} stroke={1.6} aria-hidden />
      <h4>{t(`setup.later.${name}.title`)}</h4>
      <p>{t(`setup.later.${name}.help`)}</p>
      {children}
    </div>
  );
}

function Copy({ text, name, disabled = false }: { text: string; name: Exclude<Name, "signIn">; disabled?: boolean }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button variant="default" size="xs" disabled={disabled} onClick={copy} title={text}>
          {copied ? t("setup.later.copied") : t(`setup.later.${name}.button`)}
        </Button>
      )}
    </CopyButton>
  );
}
