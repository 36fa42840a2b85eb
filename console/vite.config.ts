import { defineConfig } from "vite";

export default defineConfig({
  root: "web",
  base: "/console/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../target/web",
    emptyOutDir: true,
    // Beside the page, so that what has a name with a hash is served from one folder.
    assetsDir: ".",
    // The policy of the page allows no inline script and no data of its own making.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  // `npm run dev` beside `thalweg up`: the pages from here, everything else from the node.
  server: { proxy: { "^/(v1|readyz|metrics|openapi.json|docs)": "http://127.0.0.1:8080" } },
});
