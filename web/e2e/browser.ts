// A headless Chromium whose pages complain: about policy violations, about errors, about what axe finds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type LaunchOptions, type Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How the browser is started; `CHROMIUM` names another than Debian's. */
export function launchOptions(): LaunchOptions {
  return {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}

/** Starts the browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch(launchOptions());
}

/** A page and the complaints collected about it. */
export interface Watched {
  page: Page;
  context: BrowserContext;
  /** Policy violations, uncaught errors and console errors of the application, as texts. */
  complaints: string[];
  /** Addresses asked for that are not the server's. */
  strangers: string[];
}

/** Opens a page that is watched from its first request on. */
export async function openPage(
  browser: Browser,
  url: string,
  options: { width?: number; dark?: boolean } = {},
): Promise<Watched> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark ? "dark" : "light",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  await page.exposeFunction("complain", (text: string) => complaints.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      // Only the application's own pages have to be free of violations; a report's are its own affair.
      if (window.top === window) {
        (window as unknown as { complain(text: string): void }).complain(
          `policy: ${event.violatedDirective} ${event.blockedURI}`,
        );
      }
    });
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const from = message.location().url;
    if (message.type() === "error" && !from.includes("/_view/"))
      complaints.push(`console: ${message.text()} (${from})`);
  });
  context.on("request", (request) => {
    const asked = new URL(request.url());
    if (/^https?:$/.test(asked.protocol) && asked.origin !== new URL(url).origin) strangers.push(request.url());
  });
  return { page, context, complaints, strangers };
}

/** What a page is checked for: everything WCAG 2.2 asks at levels A and AA, and what is good practice besides. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Waits until nothing of the page is a skeleton any more. */
export async function loaded(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector("main [role=status][aria-label^=Loading]") === null);
}

/** Accessibility violations of the page, of any impact, as "rule: element". */
export async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated through the debugger, which no content policy binds.
  await page.evaluate(axe);
  return page.evaluate(async (values) => {
    const { violations } = await (
      window as unknown as {
        axe: {
          run(context: object, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
        };
      }
    ).axe.run({ exclude: [["iframe"]] }, { runOnly: { type: "tag", values } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
  }, tags);
}
