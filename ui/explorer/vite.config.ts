import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// The page is served at /graphql and its files below /static, on whatever path a proxy puts both: every address is
// relative, those in the page to the page, all others to the file that they stand in.
const FILES = "static/explorer";

/** GraphiQL's explorer complains to the console of every list of objects, such as `orderBy`, that it cannot show. */
const quiet: Plugin = {
  name: "quiet",
  transform: (code, id) =>
    id.includes("/graphiql-explorer/") ? code.replaceAll("console.error('arg mismatch", "void ('arg mismatch") : undefined,
};

export default defineConfig({
  plugins: [react(), quiet],
  build: {
    outDir: "../../src/bedrot_graph/static/explorer",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy allows no font from a data: address
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000, // the editor is what it is
    rolldownOptions: {
      // Notes to a compiler that is not used here.
      onLog: (level, log, handle) => log.code === "MODULE_LEVEL_DIRECTIVE" || handle(level, log),
    },
  },
  experimental: {
    renderBuiltUrl: (name, { hostType }) => (hostType === "html" ? `${FILES}/${name}` : { relative: true }),
  },
  worker: { format: "es" },
});
