/** Where something that was found is opened. */
import type { Hit } from "../api/live";

export function hrefOf(hit: Pick<Hit, "kind" | "customer_id" | "interaction_id" | "message_id">): string {
  if (hit.kind === "people") return `/customers/${hit.customer_id ?? ""}`;
  const conversation = `/conversations/${hit.interaction_id ?? ""}`;
  return hit.message_id === null ? conversation : `${conversation}/${hit.message_id}`;
}
