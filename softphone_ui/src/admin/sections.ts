/**
 * The sections of the Administration: one line each, in the order of the navigation. A section is a page of its own, fetched when
 * it is opened: `/admin/<name>`; what follows in the address is its own affair. Whoever may open none does not see the Administration.
 */
import type { ComponentType } from "react";

import type { Document } from "../api/configuration";
import type { Me } from "../api/live";
import { later, type Later } from "../app/later";
import { SetAsideBadge } from "./system/SetAsideBadge";
import { TrunksBadge } from "./trunks/TrunksBadge";

export type SectionName =
  | "setup"
  | "people"
  | "agents"
  | "skills"
  | "away"
  | "queues"
  | "hours"
  | "attention"
  | "numbers"
  | "flows"
  | "trunks"
  | "nodes"
  | "dispositions"
  | "audit"
  | "system";

export const GROUPS = ["start", "team", "routing", "conversations", "control"] as const;
export type Group = (typeof GROUPS)[number];

export interface Section {
  name: SectionName;
  group: Group;
  may: (me: Me) => boolean;
  Page: Later<{ item: string | null }>;
  /** Its parts of the configuration document: their mistakes are counted beside its name. */
  parts?: readonly (keyof Document)[];
  /** What needs attention there; nothing when all is well. */
  Badge?: ComponentType;
}

const administrators = (me: Me): boolean => me.permissions.includes("administer");

export const SECTIONS: readonly Section[] = [
  { name: "setup", group: "start", may: administrators, Page: later(async () => (await import("./setup/SetupPage")).SetupPage) },
  { name: "people", group: "team", may: administrators, Page: later(async () => (await import("./people/PeoplePage")).PeoplePage) },
  { name: "skills", group: "team", may: administrators, parts: ["skills", "attributes"], Page: later(async () => (await import("./SkillsSection")).SkillsPage) },
  { name: "away", group: "team", may: administrators, Page: later(async () => (await import("./AwayReasonsPage")).AwayReasonsPage) },
  // Skills, capacity and shifts by which work finds somebody; who somebody is and how they sign in stands under «People».
  { name: "agents", group: "routing", may: administrators, parts: ["agents"], Page: later(async () => (await import("./AgentsSection")).AgentsPage) },
  { name: "queues", group: "routing", may: administrators, parts: ["queues"], Page: later(async () => (await import("./QueuesSection")).QueuesPage) },
  { name: "hours", group: "routing", may: administrators, parts: ["hours"], Page: later(async () => (await import("./HoursSection")).HoursPage) },
  { name: "attention", group: "routing", may: administrators, parts: ["attention"], Page: later(async () => (await import("./AttentionSection")).AttentionPage) },
  { name: "numbers", group: "routing", may: administrators, Page: later(async () => (await import("./numbers/NumbersPage")).NumbersPage) },
  { name: "flows", group: "routing", may: administrators, Page: later(async () => (await import("./flows/FlowsPage")).FlowsPage) },
  { name: "trunks", group: "routing", may: administrators, Badge: TrunksBadge, Page: later(async () => (await import("./trunks/TrunksPage")).TrunksPage) },
  {
    name: "dispositions",
    group: "conversations",
    may: administrators,
    parts: ["dispositions"],
    Page: later(async () => (await import("./DispositionsSection")).DispositionsPage),
  },
  { name: "nodes", group: "control", may: administrators, Page: later(async () => (await import("./nodes/NodesPage")).NodesPage) },
  { name: "audit", group: "control", may: administrators, Page: later(async () => (await import("./audit/AuditPage")).AuditPage) },
  { name: "system", group: "control", may: administrators, Badge: SetAsideBadge, Page: later(async () => (await import("./system/SystemPage")).SystemPage) },
];

/** Sections of 0.1 that have moved; their links keep working. */
export const MOVED: Readonly<Record<string, string>> = { text: "system/yaml", history: "system/versions", aside: "system/set-aside" };
