// Every page, in both themes and at two widths: no complaint, nothing beside the screen, one heading, accessible. Every
// address says all there is to say: opened afresh, reloaded, left and come back to. And the stream of events breaks.
import { createServer, type Server as HttpServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Address, addressesOf, unvisited } from "./addresses";
import { axeViolations, loaded, openPage, startBrowser } from "./browser";
import { historySubjectsOf, judged, mirrored, type Server, startServer, subjectsOf } from "./server";

let server: Server;
let browser: Browser;
let addresses: Address[];

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  await judged(server);
  addresses = await addressesOf(server, await subjectsOf(server), await historySubjectsOf(server));
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function shown(page: Page): Promise<void> {
  await page.locator("main h1, [role=main] h1").first().waitFor();
  await loaded(page);
}

/** What makes a page one that cannot be shown to a stranger; nothing where all is well. */
async function faults(page: Page): Promise<string[]> {
  const { headings, beyond } = await page.evaluate(() => ({
    headings: document.querySelectorAll("h1").length,
    beyond: document.documentElement.scrollWidth - window.innerWidth,
  }));
  const found = await axeViolations(page);
  if (headings !== 1) found.push(`${headings} headings of the first level`);
  if (beyond > 0) found.push(`${beyond} px wider than the screen`);
  return found;
}

describe("every page", () => {
  test("of the router is walked", () => {
    expect(unvisited(addresses)).toEqual([]);
  });

  const looks = [
    { dark: false, width: 1440 },
    { dark: true, width: 1440 },
    { dark: false, width: 390 },
    { dark: true, width: 390 },
  ];
  test.each(looks)("is fit to be shown: dark $dark, $width wide", { timeout: 600_000 }, async (look) => {
    const wrong: Record<string, string[]> = {};
    const { page, context, complaints, strangers } = await openPage(browser, server.url, look);
    for (const { name, path } of addresses) {
      // A page of its own each time, for the next address may differ from the last in its hash only.
      await page.goto("about:blank");
      complaints.length = 0;
      strangers.length = 0;
      const seen = await page
        .goto(path)
        .then(() => shown(page))
        .then(() => faults(page))
        .catch((error: Error) => [error.message.split("\n")[0] ?? ""]);
      const all = [...seen, ...complaints, ...strangers];
      if (all.length > 0) wrong[`${name} ${path}`] = all;
    }
    await context.close();
    expect(wrong).toEqual({});
  });

  test("says in its address all there is to say", { timeout: 600_000 }, async () => {
    const { page, context } = await openPage(browser, server.url, { width: 1440 });
    const heading = () => page.locator("h1").first().innerText();
    const wrong: string[] = [];
    for (const { name, path, leadsTo } of addresses) {
      await page.goto(path);
      if (leadsTo) await page.waitForURL(server.url + leadsTo);
      await shown(page);
      const opened = { at: page.url(), heading: await heading() };
      await page.reload();
      await shown(page);
      const reloaded = { at: page.url(), heading: await heading() };
      // Away by a link of the application and back by the browser's button.
      const elsewhere = path === "/sync" ? "/runs" : "/sync";
      const away = page.locator(`a[href='${elsewhere}']`).first();
      if (await away.isVisible()) await away.click();
      else await page.goto(elsewhere);
      await page.waitForURL(server.url + elsewhere);
      await page.goBack();
      await page.waitForURL(opened.at);
      await shown(page);
      const returned = { at: page.url(), heading: await heading() };
      await page.goForward();
      await page.waitForURL(server.url + elsewhere);
      const asked = new URL(leadsTo ?? path, server.url).href;
      if (opened.at !== asked) wrong.push(`${name}: ${asked} became ${opened.at}`);
      for (const later of [reloaded, returned])
        if (later.at !== opened.at || later.heading !== opened.heading)
          wrong.push(`${name}: ${JSON.stringify(opened)} became ${JSON.stringify(later)}`);
    }
    expect(wrong).toEqual([]);
    await context.close();
  });
});

/** A way to the server that can be told to let no events through. */
class Bridge {
  url = "";
  private cut = false;
  private streams = new Set<ServerResponse>();
  private readonly http: HttpServer = createServer((asked, answer) => this.pass(asked, answer));

  async start(): Promise<void> {
    await new Promise<void>((listening) => this.http.listen(0, "127.0.0.1", listening));
    this.url = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.http.closeAllConnections();
    this.http.close();
  }

  /** Breaks the streams there are, and lets none begin. */
  breakStreams(): void {
    this.cut = true;
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  mend(): void {
    this.cut = false;
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const isStream = asked.url?.startsWith("/api/events") === true;
    if (isStream && this.cut) {
      answer.writeHead(503).end();
      return;
    }
    if (isStream) this.streams.add(answer);
    const to = new URL(asked.url ?? "/", server.url);
    const onward = request(to, { method: asked.method, headers: asked.headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }
}

describe("the stream of events", () => {
  test("breaks: the page says so, asks by itself, and listens again", { timeout: 120_000 }, async () => {
    const bridge = new Bridge();
    await bridge.start();
    const { page, context } = await openPage(browser, bridge.url, { width: 1440 });
    await page.goto("/runs");
    await shown(page);
    await page.getByTitle("Changes appear by themselves").waitFor();
    bridge.breakStreams();
    await page.getByTitle(/event stream is broken/).waitFor({ timeout: 60_000 });
    // It asks instead: what it shows goes on being news.
    const asked = page.waitForResponse((response) => new URL(response.url()).pathname === "/api/runs");
    await asked;
    expect(await page.locator("main [data-row]").count()).toBeGreaterThan(0);
    bridge.mend();
    await page.getByTitle("Changes appear by themselves").waitFor({ timeout: 60_000 });
    await context.close();
    bridge.stop();
  });
});
