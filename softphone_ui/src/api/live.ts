/**
 * The live view's messages as the server declares them (`schema.ts`, generated; docs/api.md), by the names that pages use.
 *
 * Times are seconds since the epoch; ids are opaque strings. The union is closed: a message whose `type` is not in it is
 * counted by the reducer and otherwise ignored, so that an older page survives a newer server.
 */
import type { components } from "./schema";

export type * from "./work";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Role = Me["role"];
export type Language = "en" | "zh";
export type Channel = Schemas["Channel"];
export type AgentSkill = Schemas["AgentSkill"];
export type Agent = Schemas["Agent"];
export type AgentStateName = Agent["state"];
export type Queue = Schemas["Queue"];
export type Call = Schemas["LiveCall"];
/** One who takes part in a conversation, or is being asked to. */
export type Party = Call["parties"][number];
/** Another agent or a queue, to ask or to hand a conversation to. */
export type ColleagueList = Schemas["ColleagueList"];
export type Colleague = ColleagueList["agents"][number];
export type ColleagueQueue = ColleagueList["queues"][number];
/** What an agent wants of a colleague. */
export type Asked = NonNullable<Call["asked"]>;
export type PathStep = Call["path"][number];
export type Customer = Schemas["Customer"];
/** A conversation opened whole, on any channel. */
export type Interaction = Schemas["InteractionRecord"];
export type MessagePage = Schemas["MessagePage"];
export type Message = MessagePage["items"][number];
/** What the search found of one kind. */
export type HitGroup = Schemas["HitGroup"];
export type Hit = HitGroup["items"][number];
export type TimelineItem = Schemas["TimelineItem"];
/** What a sentence is about, for the words of any language. */
export type Params = Readonly<Record<string, string | number>>;
export type Pop = Schemas["Pop"];
export type WhyLine = Pop["why"][number];
export type Offer = Schemas["Offer"];
export type OfferEnd = Schemas["OfferEnded"]["cause"];
export type Segment = Schemas["Segment"];
export type Word = Segment["words"][number];
/** Something that needs a supervisor, and what was looked at. */
export type Entry = Schemas["Entry"];
export type Checked = Schemas["Checked"];
export type Unknown = Checked["unknown"][number];
export type System = Schemas["System"];
export type Numbers = Schemas["NumbersView"];
/** What the company has set for its screens. */
export type Settings = Schemas["Settings"];
export type CallRecord = Schemas["CallRecord"];
/** One stay of one agent in a conversation. */
export type Engagement = Schemas["Engagement"];
export type Snapshot = Schemas["Snapshot"];
/** Something that is there and could not be shown. */
export type Missing = Snapshot["missing"][number];
/** Server → browser. */
export type LiveMessage = Schemas["FromServer"] & { seq: number };
/** Browser → server, every two seconds and on change: could this browser take a call now? */
export type AudioReport = Schemas["AudioReport"];
