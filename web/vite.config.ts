// How the application is built and served while developing; the binary embeds what lands in dist/.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.GREENROOM_URL ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: {
      // What browsers are offered asks the page's markup what a character reference means, which the policy refuses.
      "decode-named-character-reference": fileURLToPath(
        new URL("node_modules/decode-named-character-reference/index.js", import.meta.url),
      ),
    },
  },
  build: {
    target: "es2023",
    // The policy of the server allows no data: fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The names of all characters are as large as the parser of Markdown that looks them up.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "characters", test: /character-entities/ }] } } },
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": { target: server },
      "/_view": { target: server },
      "/healthz": { target: server },
    },
  },
});
