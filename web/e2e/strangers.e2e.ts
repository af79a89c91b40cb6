// A repository in which strangers chose everything: names of runs, files and tests, files that break their viewers,
// pages that never end. The application shows them as they are and stays usable.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Failures, FilePage, Job, Run, RunPage, RunTests, SyncStatus, Tests, Workflow } from "../src/api/types";
import { loaded, openPage, startBrowser, type Watched } from "./browser";
import { type Server, startServerOf, until } from "./server";
import { markup, reversed, strange, strangeHub } from "./strangeHub";

type File = FilePage["files"][number];

/** The first of the broken files only; all with CONTAIN=all. */
const isQuick = process.env.CONTAIN !== "all";

const quoted = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
// XML takes no control characters, but it takes those that reorder text.
const report = `<?xml version="1.0"?><testsuites><testsuite name="${quoted(strange("suite"))}" tests="3" failures="2">
<testcase classname="${quoted(strange("class"))}" name="${quoted(strange("test"))}" file="${quoted(strange("src/a.ts"))}" time="0.1"><failure type="${quoted(strange("Type"))}" message="${quoted(strange("message"))}">${quoted(`${strange("Error")}\n    at ${strange("f")} (src/a.ts:3:5)\nExpected: ${strange("a")}\nReceived: ${strange("b")}`)}</failure><system-out>${quoted(strange("out"))}</system-out></testcase>
<testcase classname="long" name="${"n".repeat(64 * 1024)}" time="0.1"><failure message="${"m".repeat(64 * 1024)}">x</failure></testcase>
<testcase classname="fine" name="passes" time="0.1"/></testsuite></testsuites>`;

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Files that cannot be shown, each with markup where its viewer would quote it. */
const broken: Record<string, string | Buffer> = {
  "bad.json": `{"a": ${markup}}`,
  "bad.png": Buffer.concat([png, Buffer.from(markup)]),
  "bad.csv": `a,"${markup}\n=1+1,${markup}\n`,
  "bad.patch": `--- a/${markup}\n+++ b/${markup}\n@@ -1,1 +1,999999999 @@ ${markup}\n-${markup}\n+${reversed}\n`,
  "bad.md": `${markup}\n\n[${markup}](javascript:1)\n\n${"> ".repeat(2_000)}deep`,
  "trace.zip": `PK\x03\x04${markup}`,
  "bad.har": `{"log":{"entries":[{"request":{"url":"javascript:1","method":${JSON.stringify(markup)}}}]}}`,
  "bad.pdf": `%PDF-1.4 ${markup}`,
  "bad.log": `\u001b]8;;javascript:window.__began=true\u0007click\u001b]8;;\u0007 ${markup} \u001b[31m${reversed}\n##[error]${markup}\n`,
  "bad.gltf": `{"asset":{"version":${JSON.stringify(markup)}},"buffers":[{"uri":"javascript:1"}]}`,
  "bad.webp": `RIFF....WEBP${markup}`,
  "bad.svg": `<svg xmlns="http://www.w3.org/2000/svg"><text>${markup}`,
  "proto.json": `{"__proto__": {"x": "${quoted(markup)}"}, "constructor": 1, "${quoted(markup)}": ["<img src=x>"]}`,
  "bad.ndjson": `{"a":1}\n${markup}\n{"b":`,
  "bad.xml": `<a><b attribute=${markup}>`,
  "bad.webm": Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.from(markup)]),
  "bad.mp4": `\0\0\0\x18ftypmp42${markup}`,
  "bad.glb": `glTF\x02\0\0\0${markup}`,
  "bad.wasm": `\0asm${markup}`,
  "bad.zip": `PK\x03\x04${markup}`,
  "bad.gz": Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), Buffer.from(markup)]),
  "bad.bin": `\0\u0001${markup}`,
};
/** Names of files that mean something elsewhere. */
const hostileNames = [
  `"><img src=x onerror=window.__began=true>.txt`,
  "two\r\nlines.txt",
  `${reversed}.txt`,
  `a";filename=x.exe;b.txt`,
  "%2e%2e%2fetc%2fpasswd.txt",
  "=cmd|'C calc'!A0.csv",
  "-rf *.txt",
  "$(reboot)`reboot`.txt",
  "名前 ü.txt",
  `${"n".repeat(240)}.txt`,
];
const pages: Record<string, string> = {
  "loops.html": "<!doctype html><title>x</title><p>before<script>for (;;) {}</script>",
  "loops-later.html": `<!doctype html><title>x</title><p>first<script>onload = function () { setTimeout(function () { for (;;) {} }, 2000) }</script>`,
  "hoards.html":
    "<!doctype html><title>x</title><p>all<script>var kept = []; try { for (var i = 0; i < 16; i++) kept.push(new ArrayBuffer(1 << 28)); } catch (e) {} </script>",
  "floods.html": `<!doctype html><title>x</title><p>words<script>setInterval(function () { for (var i = 0; i < 2000; i++) top.postMessage({ type: "navigate", url: "/settings" }, "*") }, 10)</script>`,
};
const documents: Record<string, string> = {
  "html.md": `# Head\n\n<script>window.__began=true</script>\n\n<img src=x onerror="window.__began=true">\n\n<iframe srcdoc="x"></iframe>\n`,
  "links.md": [
    "[a](javascript:window.__began=true)",
    "[b](JaVaScRiPt&colon;window.__began=true)",
    "[c](data:text/html,x)",
    "[d](//evil.example/x)",
    "[e](https://example.org/fine)",
    "<javascript:window.__began=true>",
    "[f][ref]\n\n[ref]: vbscript:x",
    "[g](/api/refresh)",
    "[h](../../../etc/passwd)",
  ].join("\n\n"),
  "pictures.md":
    "![a](http://evil.example/a.png) ![b](data:image/svg+xml,x) ![c](javascript:x) ![d](//evil.example/d.png)\n",
};

let shelf: string;
let hub: HttpServer | undefined;
let server: Server;
let browser: Browser;
let run: Run;
let files: File[];

beforeAll(async () => {
  shelf = mkdtempSync(join(tmpdir(), "greenroom-shelf-"));
  put("results", { "junit.xml": report });
  put("broken", broken);
  put(strange("artifact").replaceAll("/", "_"), Object.fromEntries(hostileNames.map((name) => [name, markup])));
  put("pages", pages);
  put("documents", documents);
  server = await startServerOf(shelf, async (api) => {
    const made = await strangeHub(api);
    hub = made.server;
    return made.url;
  });
  browser = await startBrowser();
  await until("what strangers made", async () => {
    const sync = await server.get<SyncStatus>("/api/sync");
    const { runs } = await server.get<RunPage>("/api/runs");
    if (sync.state !== "operational" || sync.pending > 0 || !runs[0]) return undefined;
    run = runs[0];
    return run;
  });
  files = [];
  let cursor: string | null = null;
  do {
    const page: FilePage = await server.get(
      `/api/runs/${run.id}/files?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    files.push(...page.files);
    cursor = page.nextCursor;
  } while (cursor);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  hub?.closeAllConnections();
  hub?.close();
  if (shelf) rmSync(shelf, { recursive: true, force: true });
});

function put(artifact: string, content: Record<string, string | Buffer>): void {
  for (const [name, bytes] of Object.entries(content)) {
    mkdirSync(dirname(join(shelf, artifact, name)), { recursive: true });
    writeFileSync(join(shelf, artifact, name), bytes);
  }
}

function fileNamed(path: string): File {
  const found = files.find((file) => file.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found;
}

async function withPage(look: (watched: Watched) => Promise<void>): Promise<void> {
  const watched = await openPage(browser, server.url);
  try {
    await look(watched);
  } finally {
    await watched.context.close();
  }
}

/** What is wrong with how the page shows what strangers wrote. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    if ("__began" in window) found.push("a script ran");
    for (const element of document.querySelectorAll("img[src=x], [onerror], [onload], body script:not([src])"))
      found.push(`markup became ${element.outerHTML.slice(0, 200)}`);
    // Marks that reorder or hide text, in whatever is shown or read out.
    const hidden = /[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (hidden.test(node.textContent ?? "")) found.push(`text hides something: ${node.textContent?.slice(0, 200)}`);
    for (const element of document.querySelectorAll("*")) {
      for (const name of ["title", "aria-label", "alt", "placeholder", "aria-description"])
        if (hidden.test(element.getAttribute(name) ?? ""))
          found.push(`${name} hides something: ${element.getAttribute(name)?.slice(0, 200)}`);
    }
    if (hidden.test(document.title)) found.push("the title hides something");
    for (const link of document.querySelectorAll("a[href]")) {
      // Of a link in a drawing the address is no text.
      const { protocol, origin, href } = new URL(link.getAttribute("href") ?? "", document.baseURI);
      const isOurs = origin === window.location.origin;
      if (!isOurs && !(protocol === "https:" && /^https:\/\/(github\.com\/acme\/checkout\/|example\.org\/)/.test(href)))
        found.push(`a link leads to ${href.slice(0, 200)}`);
    }
    const width = document.documentElement.scrollWidth;
    if (width > window.innerWidth + 1) found.push(`the page is ${width} pixels wide`);
    return found;
  });
}

/** Opens an address and waits until it is there; the complaints of the page, and what it shows wrongly. */
async function visit({ page, complaints }: Watched, path: string): Promise<string[]> {
  await page.goto(path);
  await page.getByRole("heading").first().waitFor();
  await loaded(page);
  // What the browser itself says of an answer that is an error is no complaint of the page.
  const own = complaints.splice(0).filter((text) => !/Failed to load resource/.test(text));
  return [...own, ...(await faults(page))].map((fault) => `${path.slice(0, 80)}: ${fault}`);
}

describe("names that strangers chose", () => {
  test("W11 with markup, of 64 KB and reversed are text on every page", async () => {
    const [workflow] = await server.get<Workflow[]>("/api/workflows");
    const { jobs } = await server.get<{ jobs: Job[] }>(`/api/runs/${run.id}/jobs`);
    const { tests } = await server.get<Tests>("/api/tests?sort=failures");
    const failed = await server.get<RunTests>(`/api/runs/${run.id}/tests?status=failed`);
    const { failures } = await server.get<Failures>("/api/failures");
    expect(jobs.length * tests.length * failed.tests.length * failures.length).toBeGreaterThan(0);
    expect(run.title).toContain(markup);
    const paths = [
      "/",
      "/?branch=*",
      "/?kiosk=1",
      "/workflows",
      ...["", "grid", "trends", "jobs"].map((view) => `/workflows/${workflow?.id}?view=${view}`),
      "/runs",
      ...["failures", "jobs", "tests", "files", "gallery", "compare", "summary"].map(
        (tab) => `/runs/${run.id}?tab=${tab}`,
      ),
      ...failed.tests.map(({ id }) => `/runs/${run.id}?tab=failures&result=${id}`),
      `/runs/${run.id}/jobs/${jobs[0]?.id}`,
      "/tests",
      ...tests.map(({ id }) => `/tests/${id}`),
      "/flaky",
      "/failures",
      ...failures.map(({ id }) => `/failures/${id}`),
      `/search?q=${encodeURIComponent("onerror")}`,
      `/search?q=${encodeURIComponent(strange("nothing"))}`,
      `/runs?branch=${encodeURIComponent(strange("branch"))}`,
      "/sync",
      "/health",
    ];
    await withPage(async (watched) => {
      const all: string[] = [];
      for (const path of paths) all.push(...(await visit(watched, path)));
      expect(all).toEqual([]);
      expect(watched.strangers).toEqual([]);
      await watched.page.goto(`/runs/${run.id}?tab=jobs`);
      await expect.poll(() => watched.page.locator("main").innerText()).toContain(`job ${markup}`);
    });
  });

  test("W11 are text in the palette", async () => {
    await withPage(async (watched) => {
      await visit(watched, "/runs");
      await watched.page.keyboard.press("Control+k");
      await watched.page.getByRole("dialog").getByRole("combobox").fill("onerror");
      await watched.page.getByRole("dialog").getByRole("option").nth(1).waitFor();
      await expect.poll(() => faults(watched.page)).toEqual([]);
      expect(watched.complaints).toEqual([]);
    });
  });

  test("W16 addresses lead to GitHub only, or nowhere", async () => {
    expect(run.htmlUrl).toMatch(/^javascript:/);
    await withPage(async (watched) => {
      const { jobs } = await server.get<{ jobs: Job[] }>(`/api/runs/${run.id}/jobs`);
      for (const path of [`/runs/${run.id}`, `/runs/${run.id}/jobs/${jobs[0]?.id}`, `/workflows/${run.workflowId}`]) {
        expect(await visit(watched, path)).toEqual([]);
        expect([path, await watched.page.getByRole("link", { name: "GitHub" }).count()]).toEqual([path, 0]);
      }
      await watched.page.keyboard.press("Control+k");
      const palette = watched.page.getByRole("dialog");
      await palette.getByRole("combobox").fill("GitHub");
      await palette.getByRole("option", { name: "Ask GitHub for what is new" }).waitFor();
      expect(await palette.getByRole("option", { name: "Open on GitHub" }).count()).toBe(0);
    });
  });

  test("W15 of files are text where they stand, and on the clipboard", async () => {
    await withPage(async (watched) => {
      const { page, context } = watched;
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
      const all: string[] = [];
      for (const name of hostileNames) {
        all.push(...(await visit(watched, `/files/${fileNamed(name).id}`)));
        await page.getByRole("button", { name: "Path" }).click();
        await page.getByText("Path copied").first().waitFor();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        if (/[\p{Cc}\p{Cf}]/u.test(copied)) all.push(`${name} is copied with what it hides`);
        for (const link of await page.getByRole("link", { name: "Download" }).all())
          if ((await link.getAttribute("download")) !== "") all.push(`${name} is in download=`);
      }
      expect(all).toEqual([]);
    });
  });

  test("W18 of downloads keep their ending and nothing else", async () => {
    await withPage(async (watched) => {
      const { page } = watched;
      for (const name of hostileNames) {
        const { id, url } = fileNamed(name);
        const answer = await fetch(`${server.url}${url}?download=1`);
        const header = answer.headers.get("content-disposition") ?? "";
        expect(header).toMatch(/^attachment; filename="[ -~]*"; filename\*=UTF-8''[\w%.~-]+$/);
        expect(header.match(/"/g)?.length).toBe(2);
        await visit(watched, `/files/${id}`);
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("link", { name: "Download" }).first().click(),
        ]);
        const saved = download.suggestedFilename();
        expect(saved).toMatch(name.endsWith(".csv") ? /\.csv$/ : /\.txt$/);
        expect(saved).not.toMatch(/[\p{Cc}\u200b\u202a-\u202e/\\]/u);
        expect(new TextEncoder().encode(saved).length).toBeLessThanOrEqual(255);
        await download.cancel();
      }
    });
  });
});

describe("a document", () => {
  test.each(Object.keys(documents))("W10 %s is laid out without markup, foreign links or pictures", async (name) => {
    await withPage(async (watched) => {
      expect(await visit(watched, `/files/${fileNamed(name).id}`)).toEqual([]);
      const shown = watched.page.locator("article.markdown");
      await shown.waitFor();
      expect(await shown.locator("iframe, script, img, style, form, object").count()).toBe(0);
      const targets = await shown.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      expect(targets).toEqual(name === "links.md" ? ["https://example.org/fine"] : []);
      for (const link of await shown.locator("a").all())
        expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
      if (name === "html.md") expect(await shown.innerText()).toContain("<script>window.__began=true</script>");
      expect(watched.strangers).toEqual([]);
    });
  });
});

describe("what cannot be shown", () => {
  test.each(Object.keys(broken).slice(0, isQuick ? 10 : undefined))(
    "W23 %s breaks its viewers without becoming markup",
    async (name) => {
      await withPage(async (watched) => {
        const { page, complaints } = watched;
        const path = `/files/${fileNamed(name).id}`;
        const all = await visit(watched, path);
        const views = await page.getByRole("navigation", { name: "View as" }).getByRole("link").allInnerTexts();
        for (const view of views) {
          await page
            .getByRole("navigation", { name: "View as" })
            .getByRole("link", { name: view, exact: true })
            .click();
          await loaded(page);
          all.push(...(await faults(page)).map((fault) => `${view}: ${fault}`));
        }
        expect([...all, ...complaints.filter((text) => !/Failed to load resource/.test(text))]).toEqual([]);
        expect(watched.strangers).toEqual([]);
      });
    },
  );

  test.each([
    ["problem", "application/problem+json", JSON.stringify({ title: markup, detail: strange("detail"), status: 500 })],
    ["page", "text/html", `<h1>${markup}</h1>`],
    ["half an answer", "application/json", `{"runs": [${markup}`],
  ])("W23 an answer that is a %s is told as text", async (_, contentType, body) => {
    await withPage(async (watched) => {
      const { page } = watched;
      await page.route(/\/api\/(runs|files|jobs|tests|failures|search)/, (route) =>
        route.fulfill({ status: 500, contentType, body }),
      );
      for (const path of [
        "/runs",
        `/runs/${run.id}`,
        `/files/${files[0]?.id}`,
        "/tests/1",
        "/failures",
        "/search?q=x",
      ]) {
        await page.goto(path);
        await page.getByRole("alert").first().waitFor();
        expect([path, await faults(page)]).toEqual([path, []]);
      }
      expect(watched.complaints.filter((text) => !/Failed to load resource/.test(text))).toEqual([]);
    });
  });
});

describe("a page that takes all it can get", () => {
  /** How long the application takes to answer a key, in milliseconds. */
  async function answersWithin(page: Page): Promise<number> {
    const began = Date.now();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    return Date.now() - began;
  }

  test.each(Object.keys(pages))("W13 %s leaves the application usable, and can be stopped and read", async (name) => {
    await withPage(async ({ page }) => {
      const { id } = fileNamed(name);
      await page.goto(`/files/${id}`);
      const frame = page.locator("main iframe");
      // Long enough for the page to have begun.
      if (name !== "floods.html") await frame.waitFor();
      if (!/^(loops|floods)\.html$/.test(name)) await page.frameLocator("main iframe").locator("p").waitFor();
      // From its second second on it loops; a page that loops cannot say so.
      if (name === "loops-later.html") await page.waitForTimeout(2_500);
      if (name === "loops.html") await page.getByText(/may be stuck/).waitFor({ timeout: 20_000 });
      if (name !== "floods.html") {
        expect(await answersWithin(page)).toBeLessThan(2_000);
        await page.getByRole("button", { name: "Stop the page" }).click();
      }
      // One that floods the application is stopped by itself.
      await frame.waitFor({ state: "detached" });
      await page.getByText("Stopped", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Show the source" }).first().click();
      await page.getByText("<!doctype html>").first().waitFor();
      await page.goto(`/files/${id}`);
      await page.getByText(/^Untrusted page from/).waitFor();
      await page.getByRole("link", { name: "Runs" }).first().click();
      await page.waitForURL(/\/runs$/);
    });
  });
});

describe("an answer", () => {
  test("W19 that is an error echoes nothing that a browser would run", async () => {
    const evil = encodeURIComponent(markup);
    const addresses = [
      `/api/${evil}`,
      `/api/runs/${evil}`,
      `/api/runs?cursor=${evil}`,
      `/api/runs?status=${evil}`,
      `/api/runs?${evil}=1`,
      `/api/files/${evil}/content`,
      `/api/files/1.0/content?download=${evil}`,
      `/api/jobs/${evil}/log`,
      `/api/search?q=${evil}&type=${evil}`,
      `/_view/${evil}/index.html`,
      `/_view/1.2.3/${evil}`,
      `/assets/${evil}`,
      `/badge/${evil}`,
      `/r/${evil}`,
      "/%",
      "/api/%ff%fe",
      "/api/%00",
    ];
    for (const address of addresses) {
      const answer = await fetch(server.url + address);
      const [body, type] = [await answer.text(), answer.headers.get("content-type") ?? ""];
      expect([address, answer.headers.get("x-content-type-options")]).toEqual([address, "nosniff"]);
      expect([address, answer.headers.get("content-security-policy")]).toEqual([
        address,
        expect.stringContaining("default-src 'none'"),
      ]);
      expect([address, type]).toEqual([
        address,
        expect.stringMatching(/charset=utf-8|^application\/(problem\+)?json$/),
      ]);
      if (type.startsWith("text/html")) expect([address, body.includes("onerror")]).toEqual([address, false]);
    }
    await withPage(async ({ page }) => {
      for (const address of addresses.filter((one) => !one.startsWith("/%"))) {
        await page.goto(address).catch(() => undefined);
        expect([address, await page.evaluate(() => "__began" in window)]).toEqual([address, false]);
      }
    });
  });

  test("W20 is kept by nobody between, and for ever only by its reader", async () => {
    const page = fileNamed("html.md");
    const { url } = await server.get<{ url: string }>(`/api/files/${fileNamed("loops.html").id}/view-url`);
    const asset = /\/assets\/[^"]+\.js/.exec(await (await fetch(server.url)).text())?.[0] ?? "";
    for (const [address, expected] of [
      ["/", "no-cache"],
      [asset, "public, max-age=31536000, immutable"],
      ["/api/runs", "private, no-cache"],
      ["/api/sync", "private, no-cache"],
      ["/api/nothing", "no-store"],
      [page.url, "private, max-age=31536000, immutable"],
      [url, "private, max-age=300"],
      ["/_view/1.2.3/x", "no-store"],
      ["/api/events", "no-cache"],
    ] as const) {
      const stop = new AbortController();
      const answer = await fetch(server.url + address, { signal: stop.signal });
      const { headers } = answer;
      expect([address, headers.get("cache-control")]).toEqual([address, expect.stringContaining(expected)]);
      expect([address, headers.get("set-cookie"), headers.get("access-control-allow-credentials")]).toEqual([
        address,
        null,
        null,
      ]);
      // Compressed and plain are two answers.
      if (headers.get("content-encoding")) expect(headers.get("vary")?.toLowerCase()).toContain("accept-encoding");
      stop.abort();
    }
  });

  test("W4 that is a script, a style or a module is none to a page of another site", async () => {
    for (const { url } of files.filter(({ artifactName }) => artifactName === "broken" || artifactName === "pages")) {
      const answer = await fetch(server.url + url, { headers: { origin: "http://evil.example" } });
      expect([url, answer.headers.get("cross-origin-resource-policy")]).toEqual([url, "same-origin"]);
      expect([url, answer.headers.get("access-control-allow-origin")]).toEqual([url, null]);
      expect([url, answer.headers.get("content-type")]).not.toEqual([
        url,
        expect.stringMatching(/script|html|css|wasm/),
      ]);
      await answer.body?.cancel();
    }
  });

  test("W12 frames a report in the same sandbox as the application does", async () => {
    await withPage(async ({ page }) => {
      await page.goto(`/files/${fileNamed("loops-later.html").id}`);
      const frame = page.locator("main iframe");
      await frame.waitFor();
      const tokens = (await frame.getAttribute("sandbox"))?.split(" ").sort() ?? [];
      const answer = await fetch(server.url + (await frame.getAttribute("src")));
      const policy = answer.headers.get("content-security-policy") ?? "";
      const sandbox = /(?:^|;)\s*sandbox ([^;]*)/.exec(policy)?.[1]?.trim().split(" ").sort();
      expect(sandbox).toEqual(tokens);
      expect(tokens).toEqual(["allow-downloads", "allow-forms", "allow-modals", "allow-popups", "allow-scripts"]);
    });
  });
});
