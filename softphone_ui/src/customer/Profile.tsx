import { useTranslation } from "react-i18next";

import type { Customer } from "../api/live";
import { initials } from "../format/numbers";
import { hourAndMinute, knowsZone, yearOf } from "../format/time";
import { useLocale } from "../i18n";
import { useNow } from "../live/useNow";
import { CustomerName } from "./CustomerName";
import { sureWords } from "./popWords";
import classes from "./Customer.module.css";

/** Name, how sure we are and by what, where they are and what time it is there, tags. */
export function Profile({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  return (
    <div className={classes.id}>
      <div className={classes.avatar} aria-hidden="true">
        {customer.is_new ? "?" : initials(customer.name)}
      </div>
      <div>
        {customer.customer_id === null ? <h2 className={classes.name}>{customer.name}</h2> : <CustomerName customer={customer} id={customer.customer_id} />}
        {customer.is_new && customer.customer_id !== null ? (
          <div className={classes.unknown}>{t(newcomerWords(customer))}</div>
        ) : (
          <div className={classes.faint}>
            {customer.certainty_by === ""
              ? t(`customer.${customer.certainty}`)
              : t("customer.certainty", { level: t(`customer.${customer.certainty}`), by: sureWords(t, customer) })}
          </div>
        )}
        <div className={classes.soft}>
          {customer.location}
          {customer.local_time_zone !== null && knowsZone(customer.local_time_zone) && (
            <LocalTime zone={customer.local_time_zone} after={customer.location !== null} />
          )}
        </div>
        <div className={classes.chips}>
          {customer.vip && (
            <span className={classes.chip} data-vip="true">
              {t("customer.vip")}
            </span>
          )}
          {customer.tags.map((tag) => (
            <span key={tag} className={classes.chip}>
              {tag}
            </span>
          ))}
        </div>
      </div>
      <ul className={classes.contacts} aria-label={t("customer.contact")}>
        {[...customer.phones, ...customer.emails].map((one) => (
          <li key={one}>{one}</li>
        ))}
        {customer.since !== null && !customer.is_new && <li>{t("customer.since", { year: yearOf(customer.since) })}</li>}
      </ul>
    </div>
  );
}

/** Who gave no name stands there by number. */
function newcomerWords({ name, phones }: Customer): "customer.newCaller" | "customer.newNumber" | "customer.newNumberNamed" {
  if (phones.length === 0) return "customer.newCaller";
  return /\p{L}/u.test(name) ? "customer.newNumberNamed" : "customer.newNumber";
}

function LocalTime({ zone, after }: { zone: string; after: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const time = useNow((now) => hourAndMinute(now, locale, zone));
  return (
    <>
      {after && " · "}
      {t("customer.localTime", { time })}
    </>
  );
}
