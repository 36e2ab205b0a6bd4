/** The rail: one line for each page, in the order of work. Who may not open a page does not see it. */
import { IconChartBar, IconHeadset, IconHistory, IconLayoutDashboard, IconSettings, type Icon } from "@tabler/icons-react";

import type { PageName } from "./rights";

interface RailEntry {
  page: PageName;
  href: string;
  icon: Icon;
}

/** Desk, Board, Tickets, History, Customers, Articles, Reports, Quality, Planning: a page that is built adds its line in this order. */
export const RAIL: readonly RailEntry[] = [
  { page: "desk", href: "/desk", icon: IconHeadset },
  { page: "board", href: "/board", icon: IconLayoutDashboard },
  { page: "calls", href: "/calls", icon: IconHistory },
  { page: "reports", href: "/reports", icon: IconChartBar },
];

/** At the foot, apart from the pages of the day. */
export const RAIL_FOOT: readonly RailEntry[] = [{ page: "admin", href: "/admin", icon: IconSettings }];
