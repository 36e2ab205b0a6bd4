import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { sessionQuery } from "../api/queries";
import type { Me } from "../api/live";
import { AdminPage } from "../admin/AdminPage";
import { AudioProvider } from "../audio-port/AudioProvider";
import { BoardPage } from "../board/BoardPage";
import { CallsPage } from "../calls/CallsPage";
import { inWords } from "../common/say";
import { Notice } from "../common/Notice";
import { CustomerPage } from "../customer/CustomerPage";
import { DeskPage } from "../desk/DeskPage";
import { OfferSignals } from "../desk/OfferSignals";
import { languageOf, speak } from "../i18n";
import { LiveProvider, useLiveView } from "../live/LiveProvider";
import { SignInPage } from "../signin/SignInPage";
import { usePreferences } from "./preferences";
import { navigate, useRoute, type Route } from "./router";
import { SearchBox } from "./SearchBox";
import { Shell } from "./Shell";

/** Signed in or not; which page. Sound and live view belong to the whole visit, so that changing pages never cuts a call. */
export function Root() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  const me = session.data ?? null;
  const { language } = usePreferences();
  useEffect(() => speak(language ?? languageOf(me?.language ?? "en")), [language, me]);

  const retry = { label: t("app.retry"), run: () => void session.refetch(), busy: session.isFetching };
  if (session.isError) return <Notice tone="bad" title={inWords(session.error)} action={retry} />;
  if (session.isPending || me === null) return <SignInPage checking={session.isPending} />;
  return (
    <LiveProvider key={me.user_id}>
      <AudioProvider agentId={me.agent_id}>
        <SearchBox />
        <SessionWatch />
        {me.agent_id !== null && <OfferSignals agentId={me.agent_id} />}
        <Shell me={me}>
          <Page me={me} />
        </Shell>
      </AudioProvider>
    </LiveProvider>
  );
}

/** The server's «not signed in» on the live line ends the visit here too: the sign-in page comes. */
function SessionWatch() {
  const queries = useQueryClient();
  const refused = useLiveView((view) => view.connection === "refused");
  useEffect(() => {
    if (refused) queries.setQueryData(sessionQuery.queryKey, null);
  }, [refused, queries]);
  return null;
}

/** The page's name in the browser's tab, except while a call rings: `useOfferSignals` says that there. */
function usePageTitle(page: Route["page"]): void {
  const { t } = useTranslation();
  const name = page === "home" || page === "unknown" ? null : t(`nav.${page}`);
  useEffect(() => {
    document.title = name === null ? t("app.name") : `${name} · ${t("app.name")}`;
  }, [name, t]);
}

function Page({ me }: { me: Me }) {
  const { t } = useTranslation();
  const route = useRoute();
  const shown = allowed(route, me);
  usePageTitle(shown.page);
  useEffect(() => {
    if (route.page === "home") navigate(homeOf(me), "replace");
  }, [route, me]);
  switch (shown.page) {
    case "home":
      return null;
    case "desk":
      return <DeskPage me={me} />;
    case "board":
      return <BoardPage />;
    case "calls":
      return <CallsPage callId={shown.callId} />;
    case "customer":
      return <CustomerPage key={shown.customerId} customerId={shown.customerId} />;
    case "admin":
      return <AdminPage section={shown.section} item={shown.item} />;
    case "unknown":
      return (
        <Notice
          title={t("app.notFound")}
          text={t("app.notFoundHelp")}
          action={{ label: t("app.goHome"), run: () => navigate(homeOf(me)) }}
        />
      );
  }
}

export function homeOf(me: Me): string {
  return me.agent_id === null ? "/board" : "/desk";
}

/** A page that this person has no part in is like a page that is not there. */
function allowed(route: Route, me: Me): Route {
  if (route.page === "desk" && me.agent_id === null) return { page: "unknown" };
  if (route.page === "admin" && me.role !== "admin") return { page: "unknown" };
  if (route.page === "board" && me.role === "agent") return { page: "unknown" };
  return route;
}
