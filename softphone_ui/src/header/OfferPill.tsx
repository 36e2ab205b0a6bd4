import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { Link } from "../app/Link";
import { useRoute } from "../app/router";
import { callerWords } from "../common/words";
import { useLive } from "../live/LiveProvider";
import { myOffers } from "../live/selectors";
import classes from "./Header.module.css";

/** Away from the desk, the way back to a call that rings. */
export function OfferPill({ agentId }: { agentId: string }) {
  const { t } = useTranslation();
  const { page } = useRoute();
  const offers = useLive((state) => state.offers);
  const first = useMemo(() => myOffers(offers, agentId)[0], [offers, agentId]);
  if (first === undefined || page === "desk") return null;
  return (
    <Link href="/desk" className={classes.ringing} role="alert">
      {t("offer.isCalling", { name: callerWords(t, first.pop?.customer.name) })} · {t("offer.toDesk")}
    </Link>
  );
}
