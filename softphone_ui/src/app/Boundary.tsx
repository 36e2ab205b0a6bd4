import { Component, type ReactNode } from "react";

import { Notice } from "../common/Notice";
import { i18n } from "../i18n";

/** The one catch-all of the page: a drawing fault shows a way out instead of a white window. Sound is not affected. */
export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <Notice
        tone="bad"
        title={i18n.t("app.crashed")}
        text={i18n.t("app.crashedHelp")}
        action={{ label: i18n.t("app.reload"), run: () => location.reload() }}
      />
    );
  }
}
