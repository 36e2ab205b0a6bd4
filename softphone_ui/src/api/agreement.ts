/**
 * Proved by the type check: what the server says (`schema.ts`, generated) fits what the pages understand (`live.ts`), and what the
 * pages send fits what the server takes. Holds no code.
 */
import type { NextStep, WrapUp } from "./actions";
import type { Diff, Document, Examined, Saved, VersionInfo } from "./configuration";
import type { Agent, Alert, AudioReport, Call, CallRecord, Customer, Line, LiveMessage, Me, Numbers, Offer, Pop, Queue, Segment, Settings, System, TimelineItem, Work } from "./live";
import type { components } from "./schema";

type Server = components["schemas"];
type Fits<Said extends Understood, Understood> = [Said, Understood];

export type Understands = [
  Fits<Server["Agent"], Agent>,
  Fits<Server["CallRecord"], CallRecord>,
  Fits<Server["ConfigurationDiff"], Diff>,
  Fits<Server["ConfigurationExamined"], Examined>,
  Fits<Server["ConfigurationVersion"], VersionInfo>,
  Fits<Server["Customer"], Customer>,
  Fits<Server["Document"], Document>,
  Fits<Server["Line"], Line>,
  Fits<Server["LiveCall"], Call>,
  Fits<Server["Me"], Me>,
  Fits<Server["Numbers"], Numbers>,
  Fits<Server["Offer"], Offer>,
  Fits<Server["Pop"], Pop>,
  Fits<Server["Queue"], Queue>,
  Fits<Server["SavedConfiguration"], Saved>,
  Fits<Server["Segment"], Segment>,
  Fits<Server["Settings"], Settings>,
  Fits<Server["ShownAlert"], Alert>,
  Fits<Server["System"], System>,
  Fits<Server["TimelineItem"], TimelineItem>,
  Fits<Server["Work"], Work>,
  Fits<Server["FromServer"] & { seq: number }, LiveMessage>,
];

export type Sends = [Fits<Required<AudioReport>, Server["AudioReport"]>, Fits<WrapUp, Server["WrapUp"]>, Fits<NextStep, Server["WrapUp"]["next_step"]>];
