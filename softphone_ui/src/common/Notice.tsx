import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "./Notice.module.css";

interface Props {
  title: string;
  text?: string | undefined;
  tone?: "calm" | "bad";
  icon?: ReactNode;
  action?: { label: string; run: () => void; busy?: boolean } | undefined;
}

/** An empty or failed view in words: what is so, what still works, what to do. */
export function Notice({ title, text, tone = "calm", icon, action }: Props) {
  return (
    <div className={classes.notice} role={tone === "bad" ? "alert" : undefined} data-tone={tone}>
      {icon}
      <div className={classes.title}>{title}</div>
      {text && <div className={classes.text}>{text}</div>}
      {action && (
        <Button variant="default" mt={8} onClick={action.run} loading={action.busy ?? false}>
          {action.label}
        </Button>
      )}
    </div>
  );
}
