// Nothing inline and nothing from elsewhere: the server's Content-Security-Policy allows files of its own only.
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Cells of one line of CSV with quotes. */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => (m[1] ?? m[2] ?? "").replace(/""/g, '"'));
}

/** The Bench's shelf: pore blockers of whole sodium or potassium currents, from the program's own table of drugs. */
function benchDrugs(): Plugin {
  const wanted = [
    ["tetrodotoxin", "Nav1.6", "gNa"],
    ["tetraethylammonium", "Kv2 / delayed rectifier", "gK"],
    ["4-aminopyridine", "Kv1.1", "gK"],
  ];
  const file = new URL("../data/drugs.csv", import.meta.url);
  return {
    name: "bench-drugs",
    resolveId: (id) => (id === "virtual:bench-drugs" ? `\0${id}` : undefined),
    load(id) {
      if (id !== "\0virtual:bench-drugs") return undefined;
      const lines = readFileSync(file, "utf8").split("\n").filter((l) => l && !l.startsWith("#"));
      const head = cells(lines[0]!);
      const at = (row: string[], column: string) => row[head.indexOf(column)] ?? "";
      const rows = wanted.map(([drug, target, acts]) => {
        const row = lines.slice(1).map(cells).find((r) => at(r, "drug") === drug && at(r, "target") === target);
        if (!row || at(row, "mode") !== "pore_block") throw new Error(`data/drugs.csv has no pore block of ${target} by ${drug}`);
        return { name: drug, target, acts, k: Number(at(row, "K_or_IC50_uM")), hill: Number(at(row, "hill")), source: at(row, "source") };
      });
      return `export default ${JSON.stringify(rows)};`;
    },
  };
}

const server = process.env.LOLIGO_SERVER ?? "http://127.0.0.1:8080";
export default defineConfig({
  plugins: [benchDrugs()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    outDir: process.env.LOLIGO_DIST ?? "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    manifest: "manifest.json",
  },
  // `npm run dev` shows the page of the sources against a server that runs already
  server: { proxy: { "/api": { target: server, changeOrigin: true, headers: { origin: server } } } },
});
