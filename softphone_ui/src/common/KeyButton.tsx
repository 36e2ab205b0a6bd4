import { Tooltip } from "@mantine/core";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

import classes from "./KeyButton.module.css";

/** Besides its own, what a popover puts on the element that opens it: a ref and ARIA attributes. */
interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "onClick"> {
  ref?: Ref<HTMLButtonElement>;
  label: string;
  shortcut: string;
  onClick: () => void;
  icon?: ReactNode;
  tone?: "plain" | "accent" | "danger";
  pressed?: boolean;
  disabled?: boolean;
  /** Why it cannot be used; shown on hover and focus, and read out. */
  reason?: string | undefined;
  /** Width in pixels, so that a changing word never moves its neighbours. */
  width?: number;
}

/** A button that shows its key. When it cannot be used it stays reachable and says why. */
export function KeyButton({ label, shortcut, onClick, icon, tone = "plain", pressed, disabled = false, reason, width, ...rest }: Props) {
  const button = (
    <button
      {...rest}
      type="button"
      className={classes.button}
      data-tone={tone}
      aria-pressed={pressed}
      aria-disabled={disabled || undefined}
      aria-keyshortcuts={shortcut.replace("⇧", "Shift+")}
      style={width === undefined ? undefined : { width }}
      onClick={() => {
        if (!disabled) onClick();
      }}
    >
      {icon}
      <span>{label}</span>
      <kbd aria-hidden="true">{shortcut}</kbd>
    </button>
  );
  return disabled && reason !== undefined ? <Tooltip label={reason}>{button}</Tooltip> : button;
}
