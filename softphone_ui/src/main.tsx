import "@fontsource-variable/inter";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./app/tokens.css";
import "./i18n";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { fetchesAhead } from "./app/ahead";
import { App } from "./app/App";
import { Inside, preloadPage } from "./app/pages";
import { wasSignedIn } from "./app/preferences";
import { parseRoute } from "./app/router";

fetchesAhead(preloadPage);
if (wasSignedIn()) {
  void Inside.preload();
  preloadPage(parseRoute(location.pathname).page);
}
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
