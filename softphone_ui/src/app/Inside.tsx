import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useDeferredValue, useEffect } from "react";
import { useTranslation } from "react-i18next";

import "@mantine/spotlight/styles.layer.css";

import type { Me } from "../api/live";
import { endVisit } from "../api/visit";
import { AudioProvider } from "../audio-port/AudioProvider";
import { Notice } from "../common/Notice";
import { OfferSignals } from "../desk/OfferSignals";
import { LiveProvider, useLiveView } from "../live/LiveProvider";
import { SupervisionProvider } from "../supervision/SupervisionProvider";
import { Boundary } from "./Boundary";
import { NewVersion } from "./NewVersion";
import { AdminPage, BoardPage, CallsPage, ConversationPage, CustomerPage, DeskPage, homeOf, ReportsPage } from "./pages";
import { mayOpen, type PageName } from "./rights";
import { navigate, useRoute, type Route } from "./router";
import { SearchBox } from "./SearchBox";
import { Shell } from "./Shell";

/** Behind the sign-in. Sound and live view belong to the whole visit, so that changing pages never cuts a call. */
export function Inside({ me }: { me: Me }) {
  return (
    <LiveProvider key={me.user_id}>
      <AudioProvider me={me}>
        <SupervisionProvider me={me}>
          <SearchBox />
          <SessionWatch />
          <NewVersion />
          {me.agent_id !== null && <OfferSignals agentId={me.agent_id} />}
          <Shell me={me}>
            <Page me={me} />
          </Shell>
        </SupervisionProvider>
      </AudioProvider>
    </LiveProvider>
  );
}

/** The server's «not signed in» on the live line ends the visit here too: the sign-in page comes. */
function SessionWatch() {
  const queries = useQueryClient();
  const refused = useLiveView((view) => (view.connection === "refused" ? view.why : null));
  useEffect(() => {
    if (refused !== null) endVisit(queries, refused);
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

/**
 * The page at the address. One that is still on its way leaves the one before it standing; a fault, or a page that could not be
 * fetched, ends with the page and not with the call.
 */
function Page({ me }: { me: Me }) {
  const route = useRoute();
  usePageTitle(route.page);
  useEffect(() => {
    if (route.page === "home") navigate(homeOf(me), "replace");
  }, [route, me]);
  const shown = useDeferredValue(route);
  return (
    <Suspense fallback={<OnItsWay />}>
      <Boundary key={shown.page}>
        <PageOf route={shown} me={me} />
      </Boundary>
    </Suspense>
  );
}

/** Nothing yet, in the place of the page: it is here before one could read a word. */
function OnItsWay() {
  const { t } = useTranslation();
  return <div role="status" aria-busy="true" aria-label={t("app.loading")} />;
}

function PageOf({ route, me }: { route: Route; me: Me }) {
  const { t } = useTranslation();
  const page = route.page === "conversation" ? "customer" : route.page;
  if (page !== "home" && page !== "unknown" && !mayOpen(me, page)) return <NotYours page={page} me={me} />;
  switch (route.page) {
    case "home":
      return null;
    case "desk":
      return <DeskPage me={me} />;
    case "board":
      return <BoardPage />;
    case "calls":
      return <CallsPage callId={route.callId} />;
    case "customer":
      return <CustomerPage key={route.customerId} customerId={route.customerId} />;
    case "conversation":
      return <ConversationPage key={`${route.interactionId}/${route.messageId ?? ""}`} interactionId={route.interactionId} messageId={route.messageId} />;
    case "reports":
      return <ReportsPage key={route.about} about={route.about} />;
    case "admin":
      return <AdminPage me={me} section={route.section} item={route.item} />;
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

/** The page is there; this person's role does not have it. That is said, and not that there is no such page. */
function NotYours({ page, me }: { page: PageName; me: Me }) {
  const { t } = useTranslation();
  const title = page === "desk" ? t("app.notAgent") : t("app.notYours", { page: t(`nav.${page}`) });
  return <Notice title={title} text={t("app.askAdministrator")} action={{ label: t("app.goHome"), run: () => navigate(homeOf(me)) }} />;
}
