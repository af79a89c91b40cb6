// What artifacts may do to the application that shows them: nothing. A hostile corpus opened in every way there is, and
// reports of real tools that still have to work.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FilePage, Run, RunPage, SyncStatus, ViewUrl } from "../src/api/types";
import { launchOptions } from "./browser";
import { type Loot, writeEvil } from "./evil";
import { type Server, startServerOf, until } from "./server";

type File = FilePage["files"][number];

const samples = resolve(import.meta.dirname, "../../crates/fakehub/samples");
const corpus = resolve(import.meta.dirname, "../../../shared/corpus/files/html");
const secret = "a session nobody may see";

/** Reports of real tools that are whole in one file, by its name. */
const real = [
  ["playwright", "playwright-report-blob1.42.html", /passed|failed|tests?/i],
  ["pytest-html", "pytest-failure-demo.html", /tests? ran|results/i],
  ["robot", "log.html", /log/i],
] as const;
/** Pages of our own that work as those of the tools they are named after. */
const own = [
  ["allure", "index.html", /Smoke tests/],
  ["vitest", "html/index.html", /rounds half to even/],
  ["coverage", "index.html", /All files/],
] as const;

let outside: HttpServer;
let hits: string[] = [];
let shelf: string;
let names: string[];
let server: Server;
let browser: Browser;
let files: File[];

beforeAll(async () => {
  outside = createServer((request, answer) => {
    hits.push(`${request.method} ${request.url}`);
    answer.setHeader("access-control-allow-origin", "*");
    answer.end("window.__loot && (window.__loot.stranger = 'got in')");
  });
  await new Promise<void>((listening) => outside.listen(0, "127.0.0.1", listening));
  shelf = mkdtempSync(join(tmpdir(), "greenroom-shelf-"));
  names = writeEvil(shelf, `http://127.0.0.1:${(outside.address() as AddressInfo).port}`);
  writeReports(shelf);
  server = await startServerOf(shelf);
  // Without the driver's own switch: windows that nobody asked for stay shut, as at home.
  browser = await chromium.launch({ ...launchOptions(), ignoreDefaultArgs: ["--disable-popup-blocking"] });
  files = await until("the corpus", allFiles);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  outside?.close();
  if (shelf) rmSync(shelf, { recursive: true, force: true });
});

async function allFiles(): Promise<File[] | undefined> {
  const sync = await server.get<SyncStatus>("/api/sync");
  const [run] = (await server.get<RunPage>("/api/runs")).runs as [Run?];
  if (!run || sync.state !== "operational" || sync.pending > 0) return undefined;
  const all: File[] = [];
  let cursor: string | null = null;
  do {
    const page: FilePage = await server.get(
      `/api/runs/${run.id}/files?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    all.push(...page.files);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

function writeReports(folder: string): void {
  if (existsSync(corpus)) {
    for (const [name, file] of real) {
      mkdirSync(join(folder, `report-${name}`));
      cpSync(join(corpus, file), join(folder, `report-${name}`, "index.html"));
    }
  } else {
    console.log("skipped: ../shared/corpus is not present");
  }
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(resolve(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  cpSync(join(samples, "allure"), join(folder, "report-allure"), { recursive: true });
  const statistic = { total: 1, passed: 1, failed: 0, broken: 0, skipped: 0, unknown: 0 };
  put("report-allure/widgets/summary.json", JSON.stringify({ reportName: "Smoke tests", statistic }));
  const test = { name: "test_front_page_answers", status: "passed", time: { duration: 640 } };
  put("report-allure/data/suites.json", JSON.stringify({ children: [{ name: "test_shop", children: [test] }] }));
  const sample = (path: string) => readFileSync(join(samples, path));
  put("report-vitest/html/index.html", sample("vitest/index.html"));
  put("report-vitest/html/assets/index.js", sample("vitest/index.js"));
  put("report-vitest/html/assets/index.css", sample("vitest/index.css"));
  const tests = [{ suite: "round", name: "rounds half to even", state: "pass", ms: 3 }];
  put("report-vitest/html/html.meta.json", JSON.stringify({ files: [{ name: "round.test.ts", tests }] }));
  put("report-coverage/base.css", sample("coverage/base.css"));
  put("report-coverage/sorter.js", sample("coverage/sorter.js"));
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="stylesheet" href="base.css"></head><body>`;
  const row = `<tr><td><a href="round.ts.html">round.ts</a></td><td data-value="900">90 %</td></tr>`;
  put(
    "report-coverage/index.html",
    `${head}<h1>All files</h1><table><thead><tr><th>File</th><th>Lines</th></tr></thead><tbody>${row}</tbody></table><script src="sorter.js"></script></body></html>`,
  );
  put("report-coverage/round.ts.html", `${head}<h1>round.ts</h1><pre>1 const x = 1;</pre></body></html>`);
}

/** A browser with a session to steal, and what is seen of whoever tries. */
interface Stage {
  context: BrowserContext;
  page: Page;
  /** Answers of the API that somebody else than the application's own page got. */
  leaks: string[];
  /** Errors nobody caught, of any frame. */
  errors: string[];
  close(): Promise<void>;
}

async function stage(): Promise<Stage> {
  const context = await browser.newContext({ baseURL: server.url });
  await context.addCookies([{ name: "session", value: secret, url: server.url }]);
  const page = await context.newPage();
  await page.goto("/sync");
  await page.evaluate((value) => localStorage.setItem("greenroom.secret", value), secret);
  hits = [];
  const leaks: string[] = [];
  const errors: string[] = [];
  context.on("response", (response) => {
    const { pathname } = new URL(response.url());
    const asking = frameOf(response.request().frame.bind(response.request()));
    if (pathname.startsWith("/api/") && asking && !isOurs(asking) && !response.request().isNavigationRequest())
      leaks.push(`${response.request().method()} ${pathname} from ${asking.url()}`);
  });
  context.on("weberror", (error) => errors.push(error.error().message));
  context.on("dialog", (dialog) => void dialog.dismiss().catch(() => undefined));
  return { context, page, leaks, errors, close: () => context.close() };
}

function frameOf(ask: () => Frame): Frame | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

/** Whether a frame shows a page of the application, not something out of an artifact. */
function isOurs(frame: Frame): boolean {
  if (!URL.canParse(frame.url())) return false;
  const { origin, pathname } = new URL(frame.url());
  return frame.parentFrame() === null && origin === server.url && !/^\/(_view|api)\//.test(pathname);
}

/** What the scripts of every frame but ours got, once they have tried everything. */
async function lootOf(pages: Page[]): Promise<Loot[]> {
  const loot: Loot[] = [];
  for (const frame of pages.flatMap((page) => page.frames())) {
    if (frame.isDetached() || isOurs(frame)) continue;
    const got = await frame
      .evaluate(async () => {
        const evil = window as unknown as { __began?: boolean; __done?: Promise<Loot> };
        // A form that is not let out keeps a page loading for ever.
        const late = new Promise((done) => setTimeout(done, 5_000));
        const read = new Promise((done) => {
          if (document.readyState !== "loading") done(null);
          else document.addEventListener("DOMContentLoaded", done);
        });
        await Promise.race([read, late]);
        return evil.__began ? ((await evil.__done) ?? {}) : null;
      })
      .catch(() => null);
    if (got) loot.push(got);
  }
  return loot;
}

/** Nothing was read, written, asked for or told. */
async function untouched({ context, page, leaks }: Stage, loot: Loot[]): Promise<void> {
  const got = loot.flatMap((one) => Object.entries(one).filter(([, value]) => value.startsWith("got ")));
  // Harmless: the stand-ins for storage answer, and they are empty.
  const harmless = ["cookie", "storage", "session", "popup"];
  for (const [name, value] of got) {
    if (harmless.includes(name)) expect(value).toMatch(/^got (nothing|evil=1)$/);
    else expect([name, value]).toEqual([name, "refused"]);
  }
  expect(leaks).toEqual([]);
  const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`);
  expect(cookies).toEqual([`session=${secret}`]);
  expect(context.serviceWorkers()).toEqual([]);
  const state = await page.evaluate(async () => ({
    storage: Object.keys(localStorage).filter((key) => key.includes("evil")),
    secret: localStorage.getItem("greenroom.secret"),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    began: "__began" in window,
  }));
  expect(state).toEqual({ storage: [], secret, workers: 0, began: false });
}

/** Requests that came in from outside the application, by what they wanted to change and what they were told. */
async function posts(): Promise<string[]> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => line.startsWith("greenroom_http_requests_total") && /method="POST"/.test(line));
}

const fileNamed = (artifact: string, path: string): File => {
  const found = files.find((file) => file.artifactName === artifact && file.path === path);
  if (!found) throw new Error(`${artifact} has no ${path}`);
  return found;
};
const viewOf = async (file: File) => (await server.get<ViewUrl>(`/api/files/${file.id}/view-url`)).url;
/** Goes there; a download instead of a page is a good answer too. */
const goto = (page: Page, address: string) =>
  page.goto(address, { waitUntil: "commit" }).catch((error: Error) => {
    expect(error.message).toMatch(/Download is starting|ERR_ABORTED|net::ERR_BLOCKED|interrupted/);
  });

/** Kinds whose scripts do run, shut in: that they got nothing is proof only where they tried. */
const running = ["page", "base", "worker", "flood", "big", "popup", "nested"].map((name) => `${name}.html`);
const corpusNames = [
  "page.html",
  "drawing.svg",
  "drawing.svgz",
  "paper.pdf",
  "page.xhtml",
  "page.xml",
  "picture.png",
  "picture.gif",
  "utf7.html",
  "utf16.html",
  "refresh.html",
  "base.html",
  "form.html",
  "button.html",
  "worker.html",
  "flood.html",
  "big.html",
  "popup.html",
  "nested.html",
  "nameless",
  "notes.txt",
  "data.json",
  "readme.md",
  "\u202egnp.exe",
];

describe("a hostile file", () => {
  test("of every kind is there", () => {
    const held = new Set(files.filter((file) => file.artifactName === "evil").map((file) => file.path));
    expect(names.filter((name) => !held.has(name))).toEqual([]);
    expect(corpusNames.filter((name) => !held.has(name))).toEqual([]);
  });

  test.each(corpusNames)("%s gets nothing from the page that shows it", async (name) => {
    const seen = await stage();
    const file = fileNamed("evil", name);
    await seen.page.goto(`/files/${file.id}`);
    await seen.page.getByRole("heading", { level: 1 }).waitFor();
    await seen.page.waitForFunction(() => !document.querySelector("main [role=status][aria-label^=Loading]"));
    if (running.includes(name)) await loaded(seen.page);
    const loot = await lootOf([seen.page]);
    expect(loot.length > 0 || !running.includes(name), "it tried").toBe(true);
    await untouched(seen, loot);
    expect(hits).toEqual([]);
    expect(new URL(seen.page.url()).pathname).toBe(`/files/${file.id}`);
    await seen.close();
  });

  test.each(corpusNames)("%s gets nothing as a tab of its own in the view", async (name) => {
    const seen = await stage();
    const other = await viewOf(fileNamed("other", "secret.html"));
    const tab = await seen.context.newPage();
    await goto(tab, `${await viewOf(fileNamed("evil", name))}#${encodeURIComponent(other)}`);
    const loot = await lootOf(seen.context.pages().filter((page) => page !== seen.page));
    expect(loot.length > 0 || !running.includes(name), "it tried").toBe(true);
    await untouched(seen, loot);
    // A page may take itself elsewhere: that is all it can disclose, and its own address with it.
    const leaving = name === "refresh.html" ? ["GET /refresh"] : [];
    expect(hits.filter((hit) => hit !== "GET /favicon.ico")).toEqual(leaving);
    await seen.close();
  });

  test.each(corpusNames)("%s gets nothing as a tab of its content", async (name) => {
    const seen = await stage();
    const tab = await seen.context.newPage();
    await goto(tab, fileNamed("evil", name).url);
    const loot = await lootOf([tab]);
    expect(loot, "no script runs here").toEqual([]);
    await untouched(seen, loot);
    expect(hits).toEqual([]);
    await seen.close();
  });

  test.each(corpusNames)("%s gets nothing as an image, a frame or a script of our page", async (name) => {
    const seen = await stage();
    const { url } = fileNamed("evil", name);
    const view = await viewOf(fileNamed("evil", name));
    await seen.page.evaluate(
      ([content, shown]) => {
        const tries = [
          Object.assign(document.createElement("img"), { src: content }),
          Object.assign(document.createElement("iframe"), { src: content }),
          document.createElement("script"),
          Object.assign(document.createElement("img"), { src: shown }),
        ];
        try {
          // The page's own policy refuses this before anything is asked for.
          (tries[2] as HTMLScriptElement).src = content ?? "";
        } catch {
          tries.splice(2, 1);
        }
        const ends = tries.map((element) => {
          const end = new Promise((done) => {
            element.onload = done;
            element.onerror = done;
          });
          document.body.append(element);
          return end;
        });
        // A frame that becomes a download never loads.
        return Promise.race([Promise.all(ends), new Promise((late) => setTimeout(late, 1_500))]);
      },
      [url, view],
    );
    const loot = await lootOf([seen.page]);
    expect(loot, "no script runs here").toEqual([]);
    await untouched(seen, loot);
    expect(hits).toEqual([]);
    await seen.close();
  });

  /** Waits for the frame to have read its page. */
  async function loaded(page: Page): Promise<void> {
    const frame = await (await page.locator("main iframe").first().elementHandle())?.contentFrame();
    await frame?.waitForLoadState("load").catch(() => undefined);
  }
});

describe("the server", () => {
  test("refuses what strangers want changed, counts it, and has changed nothing", async () => {
    const refusals = await Promise.all(
      [
        ["origin", "null"],
        ["origin", "http://evil.example"],
        ["sec-fetch-site", "cross-site"],
      ].map(([name, value]) =>
        fetch(`${server.url}/api/refresh`, { method: "POST", headers: { [name ?? ""]: value ?? "" } }),
      ),
    );
    expect(refusals.map((answer) => answer.status)).toEqual([403, 403, 403]);
    const counted = await posts();
    expect(counted.filter((line) => /code="403"/.test(line)).length).toBe(1);
    expect(counted.filter((line) => !/code="403"/.test(line))).toEqual([]);
  });

  test("keeps the files of another artifact from a token", async () => {
    const view = await viewOf(fileNamed("evil", "page.html"));
    const token = view.split("/")[2] ?? "";
    const [artifact, expires, tag] = token.split(".");
    const other = fileNamed("other", "secret.html");
    for (const forged of [
      `/_view/${other.artifactId}.${expires}.${tag}/secret.html`,
      `/_view/${artifact}.${Number(expires) + 60_000}.${tag}/page.html`,
      `/_view/${artifact}.${expires}.${tag?.slice(0, -2)}AA/page.html`,
    ])
      expect([forged, (await fetch(server.url + forged)).status]).toEqual([forged, 403]);
    for (const path of ["../other/secret.html", "..%2f..%2fsecret.html", "secret.html", "%2e%2e/api/runs"])
      expect((await (await fetch(`${server.url}/_view/${token}/${path}`)).text()).includes("the secret")).toBe(false);
  });

  test("gives no worker to anybody", async () => {
    const view = await viewOf(fileNamed("evil", "sw.js"));
    const answer = await fetch(server.url + view, { headers: { "service-worker": "script" } });
    expect(answer.status).toBe(403);
  });
});

describe("a report", () => {
  const kinds = [
    ...(existsSync(corpus) ? real.map(([name, , says]) => [name, "index.html", says] as const) : []),
    ...own,
  ];

  test.each(kinds)("of %s works in its frame and in a tab, and lets nothing in", async (name, path, says) => {
    for (const way of ["frame", "tab"]) {
      const seen = await stage();
      const file = fileNamed(`report-${name}`, path);
      await seen.page.goto(way === "frame" ? `/files/${file.id}` : await viewOf(file));
      const body = way === "frame" ? seen.page.frameLocator("main iframe").locator("body") : seen.page.locator("body");
      await expect.poll(() => body.innerText().catch(() => ""), { timeout: 20_000 }).toMatch(says);
      expect(seen.errors, way).toEqual([]);
      expect(seen.leaks).toEqual([]);
      expect(hits).toEqual([]);
      expect(seen.context.serviceWorkers()).toEqual([]);
      await seen.close();
    }
  });
});
