// Nothing inline and nothing from elsewhere: the server's Content-Security-Policy allows files of its own only.
import { defineConfig } from "vite";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    outDir: process.env.LOLIGO_DIST ?? "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    manifest: "manifest.json",
  },
  // `npm run dev` shows the page of the sources against a server that runs already
  server: { proxy: { "/api": { target: process.env.LOLIGO_SERVER ?? "http://127.0.0.1:8080", changeOrigin: true } } },
});
