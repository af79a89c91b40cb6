// What artifacts may do to the application that shows them: nothing. A hostile corpus opened in every way there is, and
// reports of real tools that still have to work. A few files of each case are opened; all of them with CONTAIN=all.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FilePage, Run, RunPage, SyncStatus, ViewUrl } from "../src/api/types";
import { launchOptions } from "./browser";
import type { Loot } from "./evil";
import { type Kind, kinds } from "./evilKinds";
import { type Server, startServerOf, until } from "./server";

type File = FilePage["files"][number];

const samples = resolve(import.meta.dirname, "../../crates/fakehub/samples");
const corpus = resolve(import.meta.dirname, "../../../shared/corpus/files/html");
const secret = "a session nobody may see";
/** Files of each case that a quick run opens. */
const quickFiles = 2;

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
/** What the server of strangers was asked for. */
const hits: string[] = [];
/** What was opened, and what of it got anywhere. */
const seenInAll = { files: 0, openings: 0, requests: 0, cookies: 0, outside: 0, navigations: 0 };
let shelf: string;
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
  writeEvil(`http://127.0.0.1:${(outside.address() as AddressInfo).port}`);
  writeReports(shelf);
  server = await startServerOf(shelf);
  // Without the driver's own switch: windows that nobody asked for stay shut, as at home.
  browser = await chromium.launch({ ...launchOptions(), ignoreDefaultArgs: ["--disable-popup-blocking"] });
  files = await until("the corpus", allFiles);
});
afterAll(async () => {
  console.log(
    `contained: ${Object.entries(seenInAll)
      .map(([name, count]) => `${name}=${count}`)
      .join(" ")}`,
  );
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

/** Every hostile file in an artifact "evil", each with strangers' addresses of its own, and a page that is none of its business. */
function writeEvil(strangers: string): void {
  for (const folder of ["evil", "other"]) mkdirSync(join(shelf, folder));
  for (const { name, content } of Object.values(kinds).flat())
    writeFileSync(join(shelf, "evil", name), content(`${strangers}/${encodeURIComponent(name)}`));
  writeFileSync(join(shelf, "other", "secret.html"), "<!doctype html><title>x</title>the secret of another artifact");
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
  const leaks: string[] = [];
  const errors: string[] = [];
  context.on("response", (response) => {
    const { origin, pathname } = new URL(response.url());
    const asking = frameOf(response.request().frame.bind(response.request()));
    const isOfView = pathname.startsWith("/_view/") || response.request().isNavigationRequest();
    if (origin === server.url && asking && !isOurs(asking) && !isOfView)
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
  const frames = pages.flatMap((page) => page.frames()).filter((frame) => !frame.isDetached() && !isOurs(frame));
  const loot = await Promise.all(frames.map(lootOfFrame));
  return loot.filter((got) => got !== null);
}

function lootOfFrame(frame: Frame): Promise<Loot | null> {
  const asked = frame
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
  // A frame whose page was refused answers nothing at all.
  return Promise.race([asked, new Promise<null>((late) => setTimeout(late, 20_000, null))]);
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
  seenInAll.requests += leaks.length;
  expect(leaks).toEqual([]);
  const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`);
  seenInAll.cookies += cookies.length - 1;
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

/** Opens a hostile file in four ways at once: in the viewer, as a tab of the view, by its address, and within our page. */
async function openInFourWays(name: string): Promise<void> {
  const seen = await stage();
  await lookAt(seen, kindNamed(name)).finally(seen.close);
}

async function lookAt(seen: Stage, kind: Kind): Promise<void> {
  const { name } = kind;
  const file = fileNamed("evil", name);
  const [viewer, tab, plain] = [
    await seen.context.newPage(),
    await seen.context.newPage(),
    await seen.context.newPage(),
  ];
  const view = await viewOf(file);
  const stolen = await viewOf(fileNamed("other", "secret.html"));
  await Promise.all([
    viewer.goto(`/files/${file.id}`).then(() => shown(viewer)),
    goto(tab, `${view}#${encodeURIComponent(stolen)}`),
    goto(plain, file.url),
    include(seen.page, file.url, view),
  ]);
  const [framed, alone, inert, included] = await Promise.all(
    [viewer, tab, plain, seen.page].map((page) => lootOf([page])),
  );
  seenInAll.files += 1;
  seenInAll.openings += 4;
  // What leaves is refused in the frame, too, which then shows nothing.
  if (kind.isRunning && !kind.isLeaving)
    expect([framed?.length, alone?.length], "it tried in the viewer and in the tab").toEqual([
      expect.toSatisfy((count) => count > 0),
      expect.toSatisfy((count) => count > 0),
    ]);
  expect([inert, included], "no script runs here").toEqual([[], []]);
  await untouched(seen, [...(framed ?? []), ...(alone ?? [])]);
  const where = new URL(viewer.url()).pathname;
  seenInAll.navigations += Number(where !== `/files/${file.id}`) + Number(!seen.page.url().endsWith("/sync"));
  expect([where, new URL(seen.page.url()).pathname]).toEqual([`/files/${file.id}`, "/sync"]);
  expect(await viewer.evaluate(() => window.name)).toBe("");
  // A page may take the tab it is alone in elsewhere: that is all it can disclose, and its own address with it.
  const told = hits.filter((hit) => hit.startsWith(`GET /${encodeURIComponent(name)}/`) || hit.startsWith("POST"));
  const allowed = kind.isLeaving ? told.slice(0, 1) : [];
  seenInAll.outside += told.length - allowed.length;
  expect(told).toEqual(allowed);
}

/** Waits until the application shows the file, and a frame in it has read its page. */
async function shown(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector("main [role=status][aria-label^=Loading]"));
  const isFramed = await page.getByText(/^Untrusted page from/).isVisible();
  if (!isFramed) return;
  const frame = await (await page.locator("main iframe").first().elementHandle())?.contentFrame();
  await frame?.waitForLoadState("load").catch(() => undefined);
}

/** Puts the file into our page as an image, a frame, a script and a style. */
function include(page: Page, content: string, view: string): Promise<unknown> {
  return page.evaluate(
    ([content, view]) => {
      const make = (tag: string, address: Record<string, string | undefined>) => {
        const element = document.createElement(tag);
        try {
          // The page's own policy refuses scripts before anything is asked for.
          Object.assign(element, address);
        } catch {
          return Promise.resolve();
        }
        const end = new Promise((done) => {
          element.onload = done;
          element.onerror = done;
        });
        document.body.append(element);
        return end;
      };
      const tries = [
        make("img", { src: content }),
        make("iframe", { src: content }),
        make("script", { src: content }),
        make("script", { src: view, type: "module" }),
        make("link", { rel: "stylesheet", href: content }),
        make("img", { src: view }),
      ];
      // A frame that becomes a download never loads.
      return Promise.race([Promise.all(tries), new Promise((late) => setTimeout(late, 1_500))]);
    },
    [content, view],
  );
}

const kindNamed = (name: string) => {
  const found = Object.values(kinds)
    .flat()
    .find((kind) => kind.name === name);
  if (!found) throw new Error(`there is no kind ${name}`);
  return found;
};
/** Names of a case: the first few in a quick run, all where that is asked for. */
const namesOf = (id: string) =>
  (kinds[id] ?? []).map(({ name }) => name).slice(0, process.env.CONTAIN === "all" ? undefined : quickFiles);

describe.concurrent("a hostile file opened in four ways", () => {
  test.each(namesOf("W1"))("W1 %s gets nothing", openInFourWays);
  test.each(namesOf("W2"))("W2 %s gets nothing", openInFourWays);
  test.each(namesOf("W3"))("W3 %s gets nothing", openInFourWays);
  test.each(namesOf("W4"))("W4 %s gets nothing", openInFourWays);
  test.each(namesOf("W5"))("W5 %s gets nothing", openInFourWays);
  test.each(namesOf("W6"))("W6 %s gets nothing", openInFourWays);
  test.each(namesOf("W7"))("W7 %s gets nothing", openInFourWays);
  test.each(namesOf("W8"))("W8 %s gets nothing", openInFourWays);
  test.each(namesOf("W9"))("W9 %s gets nothing", openInFourWays);
  test.each(namesOf("W10"))("W10 %s gets nothing", openInFourWays);
});

describe("the server", () => {
  test("W1 refuses what strangers want changed, counts it, and has changed nothing", async () => {
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

  test("W14 keeps the files of another artifact from a token", async () => {
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

  test("W7 gives no worker to anybody", async () => {
    const view = await viewOf(fileNamed("evil", "sw.js"));
    const answer = await fetch(server.url + view, { headers: { "service-worker": "script" } });
    expect(answer.status).toBe(403);
  });
});

describe("a report", () => {
  const reports = [
    ...(existsSync(corpus) ? real.map(([name, , says]) => [name, "index.html", says] as const) : []),
    ...own,
  ];

  test.each(reports)("of %s works in its frame and in a tab, and lets nothing in", async (name, path, says) => {
    for (const way of ["frame", "tab"]) {
      const seen = await stage();
      const file = fileNamed(`report-${name}`, path);
      await seen.page.goto(way === "frame" ? `/files/${file.id}` : await viewOf(file));
      const body = way === "frame" ? seen.page.frameLocator("main iframe").locator("body") : seen.page.locator("body");
      await expect.poll(() => body.innerText().catch(() => ""), { timeout: 20_000 }).toMatch(says);
      expect(seen.errors, way).toEqual([]);
      expect(seen.leaks).toEqual([]);
      expect(seen.context.serviceWorkers()).toEqual([]);
      await seen.close();
    }
  });
});
