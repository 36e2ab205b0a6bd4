import { useQuery } from "@tanstack/react-query";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";

import { sessionQuery } from "../api/queries";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import { languageOf, speak } from "../i18n";
import { InvitationPage } from "../signin/InvitationPage";
import { NewPasswordPage } from "../signin/NewPasswordPage";
import { SecondStepPage } from "../signin/SecondStepPage";
import { SignInPage } from "../signin/SignInPage";
import { Inside, preloadFor, SecurePage } from "./pages";
import { rememberVisit, usePreferences } from "./preferences";
import { usePath } from "./router";

/** Only ever opened by the server's redirect, which loads it anew. */
const SECURE = "/secure";
const INVITATION = "/invitation";

/** Pages of the signed-in, and the ones that need no sign-in. */
export function Root() {
  if (location.pathname !== SECURE) return <SignedInOrNot />;
  return (
    <Suspense>
      <SecurePage />
    </Suspense>
  );
}

/** Signed in or not, or with a link in hand. What is behind the sign-in is fetched when somebody is; until it is here the session is looked for. */
function SignedInOrNot() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  const path = usePath();
  const me = session.data ?? null;
  const { language } = usePreferences();
  useEffect(() => {
    if (me !== null) void preloadFor(me, location.pathname);
  }, [me]);
  useEffect(() => {
    if (session.isSuccess) rememberVisit(me !== null);
  }, [session.isSuccess, me]);
  useEffect(() => speak(language ?? languageOf(me?.language ?? "en")), [language, me]);

  const retry = { label: t("app.retry"), run: () => void session.refetch(), busy: session.isFetching };
  if (session.isError) return <Notice tone="bad" title={inWords(session.error)} action={retry} />;
  const checking = <SignInPage checking />;
  if (path === INVITATION) return <InvitationPage />;
  if (session.isPending) return checking;
  if (me === null) return <SignInPage checking={false} />;
  if (me.must_change_password) return <NewPasswordPage me={me} />;
  if (me.must_add_second_step) return <SecondStepPage me={me} />;
  return (
    <Suspense fallback={checking}>
      <Inside me={me} />
    </Suspense>
  );
}
