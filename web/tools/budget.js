// Whether what a reader has to load stays within its budget: sizes of dist/ by bytes, compressed as they are sent.
// Nothing here depends on how fast the machine is.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const kb = 1_000;
const budget = {
  script: 150 * kb,
  style: 12 * kb,
  fonts: 90 * kb,
  chunk: 40 * kb,
  embedded: 1_500 * kb,
};
/** Chunks that may be larger, up to 60 kB, each with its reason. */
const large = {
  "markdown-": "the parser of Markdown, loaded when the first Markdown file is opened",
};
const largest = 60 * kb;

const dist = resolve(import.meta.dirname, "../dist");
const assets = readdirSync(join(dist, "assets"));
const page = readFileSync(join(dist, "index.html"), "utf8");
const sent = (name) => gzipSync(readFileSync(join(dist, "assets", name)), { level: 9 }).length;
const raw = (name) => readFileSync(join(dist, "assets", name)).length;
const sum = (names, size) => names.reduce((total, name) => total + size(name), 0);

const first = [...page.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map(([, name]) => name);
const firstScripts = first.filter((name) => name.endsWith(".js"));
const firstStyles = first.filter((name) => name.endsWith(".css"));
if (firstScripts.length === 0) throw new Error("dist/index.html names no script: was the application built?");

const problems = [];
function check(what, size, limit) {
  console.log(`${what.padEnd(42)} ${(size / kb).toFixed(1).padStart(8)} kB of ${limit / kb} kB`);
  if (size > limit) problems.push(`${what} is ${size} bytes, the budget is ${limit}`);
}

check("script of the first page, gzip", sum(firstScripts, sent), budget.script);
check("styles of the first page, gzip", sum(firstStyles, sent), budget.style);
check(
  "fonts",
  sum(
    assets.filter((name) => name.endsWith(".woff2")),
    raw,
  ),
  budget.fonts,
);
check("everything embedded", sum(assets, raw), budget.embedded);

const chunks = assets
  .filter((name) => name.endsWith(".js") && !firstScripts.includes(name))
  .map((name) => ({ name, size: sent(name) }))
  .sort((a, b) => b.size - a.size);
for (const { name, size } of chunks.slice(0, 5))
  console.log(`  ${name.padEnd(40)} ${(size / kb).toFixed(1).padStart(8)} kB`);
for (const { name, size } of chunks) {
  const reason = Object.entries(large).find(([prefix]) => name.startsWith(prefix))?.[1];
  const limit = reason ? largest : budget.chunk;
  if (size > limit) problems.push(`the chunk ${name} is ${size} bytes, its budget is ${limit}`);
}

for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
