/** What an entry of the audit log says beside who and what, in the reader's language; a test holds its keys and the server's together. */
import type { TFunction } from "i18next";

import type { AuditItem } from "../../api/audit";
import { listed } from "../../common/listed";
import { reasonWords } from "../../common/words";
import { exact } from "../../format/time";
import en from "../../i18n/en.json";

type Known = keyof typeof en.audit.detail;
interface Reader {
  t: TFunction;
  locale: string;
  /** Of ids. */
  names: Readonly<Record<string, string>>;
}

/** «Call · Dana Whitfield», «Mei Lin»: people and what has a name of its own need no kind before it. */
export function aboutWords(t: TFunction, { subject, subject_kind: kind, subject_name: name }: AuditItem): string {
  if (kind === "other") return name || subject;
  const kinds = t(`audit.kind.${kind}`);
  if (name === "") return kinds;
  return NAMED_AFTER_SOMEBODY.has(kind) ? t("audit.aboutOf", { kind: kinds, name }) : name;
}

/** Ids behind the names of the details, one a line: «Billing: queue_billing». */
export const idsWords = (names: Readonly<Record<string, string>>): string[] => Object.entries(names).map(([id, name]) => `${name}: ${id}`);

const NAMED_AFTER_SOMEBODY: ReadonlySet<AuditItem["subject_kind"]> = new Set(["call", "conversation", "flow", "queue", "number", "notification", "ticket"]);
const TIMES = new Set(["at", "start", "end"]);

/** «Reason: wrong password · Role: Supervisor» */
export function detailsWords(reader: Reader, details: Record<string, unknown>): string {
  return parts(reader, details).join(" · ");
}

function parts(reader: Reader, details: Record<string, unknown>): string[] {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== "")
    .map(([key, value]) => reader.t("audit.item", { name: label(reader, key), value: shown(reader, key, value) }));
}

const label = ({ t }: Reader, key: string): string => (key in en.audit.detail ? t(`audit.detail.${key as Known}`) : key.replaceAll("_", " "));

/** Lists as people write them: «Skills, Name»; what was before or after with labels of its own. */
function shown(reader: Reader, key: string, value: unknown): string {
  if (Array.isArray(value)) return listed(value.map((each) => (key === "fields" ? label(reader, String(each)) : shown(reader, key, each))));
  if (typeof value === "object" && value !== null) return listed(parts(reader, value as Record<string, unknown>));
  if (typeof value === "boolean") return reader.t(value ? "audit.yes" : "audit.no");
  if (typeof value === "number") return TIMES.has(key) ? exact(value, reader.locale) : String(value);
  return reader.names[String(value)] ?? word(reader, key, String(value));
}

/** A code that has words; whatever people wrote stays as it is. */
function word({ t }: Reader, key: string, value: string): string {
  if (key === "reason" && value in en.audit.reason) return t(`audit.reason.${value as keyof typeof en.audit.reason}`);
  if (key === "reason") return reasonWords(t, value);
  if (key === "proof" && value in en.audit.proof) return t(`audit.proof.${value as keyof typeof en.audit.proof}`);
  if (key === "state" && value in en.state && value !== "reason") return t(`state.${value as "available"}`);
  if ((key === "role" || key === "before") && value in en.user.role) return t(`user.role.${value as keyof typeof en.user.role}`);
  return value;
}
