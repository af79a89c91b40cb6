// Takes pictures of every page of a running dashboard: node tools/tour.js [address] [folder] [names…].
// For the documentation, and for looking at a change with one's own eyes. Both themes, at 1440 and 390 pixels.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base = "http://127.0.0.1:3000", folder = "/tmp/tour", ...wanted] = process.argv.slice(2);
const widths = (process.env.WIDTHS ?? "1440,390").split(",").map(Number);
const themes = (process.env.THEMES ?? "light,dark").split(",");

async function get(path) {
  const answer = await fetch(base + path);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

/** The file of a run that suits, looked for among the newest runs. */
async function fileOf(runs, query, suits) {
  for (const run of runs) {
    const { files } = await get(`/api/runs/${run.id}/files?limit=100&${query}`);
    const file = files.find(suits);
    if (file) return file;
  }
  return undefined;
}

/** Every page by name, with an address that shows something worth seeing. */
async function pages() {
  const workflows = await get("/api/workflows");
  const { runs } = await get("/api/runs?limit=100&status=completed");
  const e2e = workflows.find((one) => one.name.startsWith("E2E")) ?? workflows[0];
  const red = (await get(`/api/workflows/${e2e.id}/runs?limit=50&conclusion=failure`)).runs[0] ?? runs[0];
  const visual = runs.find((one) => one.workflowName.startsWith("Visual") && one.conclusion === "failure") ?? red;
  const jobs = (await get(`/api/runs/${red.id}/jobs`)).jobs;
  const job = jobs.find((one) => one.conclusion === "failure") ?? jobs[0];
  const { tests } = await get("/api/tests?sort=flakiness&limit=20");
  const { failures } = await get("/api/failures?limit=1");
  const found = {
    overview: "/",
    workflows: "/workflows",
    runs: "/runs",
    "workflow-runs": `/workflows/${e2e.id}`,
    "workflow-trends": `/workflows/${e2e.id}?view=trends`,
    "workflow-grid": `/workflows/${e2e.id}?view=grid`,
    "workflow-jobs": `/workflows/${e2e.id}?view=jobs`,
    run: `/runs/${red.id}`,
    "run-visual": `/runs/${visual.id}`,
    "run-jobs": `/runs/${red.id}?tab=jobs`,
    "run-tests": `/runs/${red.id}?tab=tests`,
    "run-files": `/runs/${red.id}?tab=files`,
    "run-gallery": `/runs/${red.id}?tab=gallery`,
    "run-summary": `/runs/${red.id}?tab=summary`,
    compare: `/runs/${red.id}/compare`,
    log: `/runs/${red.id}/jobs/${job.id}`,
    tests: "/tests",
    test: `/tests/${tests[0]?.id}`,
    flaky: "/flaky",
    failures: "/failures",
    family: `/failures/${failures[0]?.id}`,
    search: "/search?q=cart",
    sync: "/sync",
    health: "/health",
    settings: "/settings",
    missing: "/nowhere",
    kiosk: "/?kiosk=1",
  };
  const files = {
    "file-image": ["type=image", (file) => file.type === "image"],
    "file-json": ["type=json", (file) => file.type === "json"],
    "file-markdown": ["q=.md", (file) => file.path.endsWith(".md")],
    "file-csv": ["q=.csv", (file) => file.path.endsWith(".csv")],
    "file-trace": ["q=trace.zip", (file) => file.path.endsWith("trace.zip")],
    "file-html": ["q=index.html", (file) => file.path.endsWith("index.html")],
    "file-video": ["q=.webm", (file) => file.path.endsWith(".webm")],
    "file-binary": ["type=binary", (file) => file.type === "binary" && !/zip|webm|pdf/.test(file.path)],
  };
  const pictures = (await get(`/api/runs/${visual.id}/files?limit=100&type=image`)).files;
  const actual = pictures.find((file) => file.path.endsWith("-actual.png"));
  if (actual) found["file-pair"] = `/files/${actual.id}?as=compare`;
  const some = [red, ...runs.filter((run) => run.summary.files > 0)].slice(0, 60);
  for (const [name, [query, suits]] of Object.entries(files)) {
    const file = await fileOf(some, query, suits);
    if (file) found[name] = `/files/${file.id}`;
    else console.error(`no file for ${name}`);
  }
  return found;
}

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu"],
});
const all = Object.entries(await pages()).filter(([name]) => wanted.length === 0 || wanted.includes(name));
for (const width of widths) {
  for (const theme of themes) {
    const context = await browser.newContext({
      baseURL: base,
      viewport: { width, height: width < 600 ? 844 : 900 },
      colorScheme: theme,
    });
    const page = await context.newPage();
    for (const [name, address] of all) {
      await page.goto(address);
      await page.waitForFunction(() => document.querySelector("main [role=status][aria-label^=Loading]") === null);
      // Pictures inside the page come after its data; an event stream never lets the network be idle.
      await page.waitForTimeout(700);
      await page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) console.error(`${name} is ${wide} px too wide at ${width}`);
    }
    await context.close();
  }
}
await browser.close();
