import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";

import type { Me } from "../api/live";
import { maySupervise } from "../app/rights";
import { useAudio } from "../audio-port/AudioProvider";
import { say } from "../common/say";
import { callerWords } from "../common/words";
import { i18n } from "../i18n";
import { useLiveConnection } from "../live/LiveProvider";
import { SupervisionSession } from "./session";
import { nobody, type Supervision } from "./supervision";

const Session = createContext<SupervisionSession | null>(null);

/** Keeps what a supervisor listens to for the whole visit, whatever page is shown. */
export function SupervisionProvider({ me, children }: { me: Me; children: ReactNode }) {
  return maySupervise(me) ? <Supervising me={me}>{children}</Supervising> : <Session value={null}>{children}</Session>;
}

function Supervising({ me, children }: { me: Me; children: ReactNode }) {
  const connection = useLiveConnection();
  const audio = useAudio();
  const [session] = useState(
    () =>
      new SupervisionSession(me, connection, audio, {
        failed: (error) => say.failure(error),
        takenFrom: (callId) => {
          const call = connection.current().state.calls[callId];
          say.note(i18n.t("supervision.taken", { name: callerWords(i18n.t, call?.customer_name, call?.caller) }));
        },
      }),
  );
  useEffect(() => {
    session.start();
    return () => session.stop();
  }, [session]);
  return <Session value={session}>{children}</Session>;
}

/** Null: this person may not. */
export function useSupervision(): SupervisionSession | null {
  return use(Session);
}

const never = () => () => undefined;

/** The part of it that `select` picks; draws again only when that part is another value. */
export function useSupervised<T>(select: (state: Supervision) => T): T {
  const session = use(Session);
  return useSyncExternalStore(session?.subscribe ?? never, () => select(session?.current() ?? nobody));
}
