import { defineConfig } from "vite";

/** One classic script without imports, so that any page can load it: `<script src="…/widget.js" data-number="1000"></script>`. */
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  publicDir: false,
  build: {
    target: "es2022",
    emptyOutDir: false,
    lib: { entry: "src/widget/index.tsx", formats: ["iife"], name: "PatchbayWidget", fileName: () => "widget.js" },
  },
});
