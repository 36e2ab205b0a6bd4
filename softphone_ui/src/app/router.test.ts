import { expect, test } from "vitest";

import { parseRoute } from "./router";

test.each([
  ["/", { page: "home" }],
  ["/desk", { page: "desk" }],
  ["/board/", { page: "board" }],
  ["/calls", { page: "calls", callId: null }],
  ["/calls/call_7", { page: "calls", callId: "call_7" }],
  ["/customers/cust_1", { page: "customer", customerId: "cust_1" }],
  ["/admin", { page: "admin", section: null, item: null }],
  ["/admin/agents/agent_mei", { page: "admin", section: "agents", item: "agent_mei" }],
  ["/admin/system/versions/3", { page: "admin", section: "system", item: "versions/3" }],
  ["/customers", { page: "unknown" }],
  ["/desk/x", { page: "unknown" }],
  ["/calls/a/b", { page: "unknown" }],
])("%s", (path, route) => expect(parseRoute(path)).toEqual(route));
