import type { AnchorHTMLAttributes, FocusEvent, MouseEvent, PointerEvent } from "react";

import { fetchAhead } from "./ahead";
import { navigate, parseRoute } from "./router";

/**
 * A real link (opens in a new tab with Ctrl, can be copied) that stays in the application when clicked plainly. Pointing at it
 * fetches its page.
 */
export function Link({ href, onClick, onPointerEnter, onFocus, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const ahead = (): void => fetchAhead(parseRoute(href).page);
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  const pointedAt = (event: PointerEvent<HTMLAnchorElement>): void => {
    onPointerEnter?.(event);
    ahead();
  };
  const focused = (event: FocusEvent<HTMLAnchorElement>): void => {
    onFocus?.(event);
    ahead();
  };
  return <a {...rest} href={href} onClick={follow} onPointerEnter={pointedAt} onFocus={focused} />;
}
