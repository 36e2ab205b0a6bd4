import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The agent desk, the board and the widget's demo page. The widget itself is its own bundle: `vite.widget.config.ts`. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false }, // a browser that does not know it fetches a little later
    rolldownOptions: {
      input: ["index.html", "widget.html"],
      output: {
        codeSplitting: {
          // Signing in is one file, and a page about 20, instead of 10 and 60: what several pages need comes in one piece.
          groups: [
            { name: "first", tags: ["$initial"], test: /^(?!.*widget)/, priority: 2 },
            { name: "shared", minShareCount: 3, maxModuleSize: 60_000, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } },
  },
});
