/**
 * Proved by the type check: where pages have types of their own, what the server says (`schema.ts`, generated) fits them, and what the
 * pages send fits what the server takes. Holds no code.
 */
import type { NextStep, WrapUp } from "./actions";
import type { Diff, Document, Examined, Saved, VersionInfo } from "./configuration";
import type { AudioReport } from "./live";
import type { components } from "./schema";

type Server = components["schemas"];
type Fits<Said extends Understood, Understood> = [Said, Understood];

export type Understands = [
  Fits<Server["ConfigurationDiff"], Diff>,
  Fits<Server["ConfigurationExamined"], Examined>,
  Fits<Server["ConfigurationVersion"], VersionInfo>,
  Fits<Server["Document"], Document>,
  Fits<Server["SavedConfiguration"], Saved>,
];

export type Sends = [Fits<Required<AudioReport>, Server["AudioReport"]>, Fits<WrapUp, Server["WrapUp"]>, Fits<NextStep, Server["WrapUp"]["next_step"]>];
