import { IconMail, IconMessage, IconPhone, IconPhoneCalling, IconTicket, type Icon } from "@tabler/icons-react";

import type { Channel } from "../api/live";

const ICONS: Record<Channel, Icon> = { call: IconPhone, chat: IconMessage, email: IconMail, ticket: IconTicket, callback: IconPhoneCalling };

export function ChannelIcon({ channel }: { channel: Channel }) {
  const Symbol = ICONS[channel];
  return <Symbol size={16} stroke={1.6} aria-hidden="true" />;
}
