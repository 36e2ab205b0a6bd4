import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The agent desk, the board and the widget's demo page. The widget itself is its own bundle: `vite.widget.config.ts`. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 900,
    rolldownOptions: { input: ["index.html", "widget.html"] },
  },
  server: {
    proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } },
  },
});
