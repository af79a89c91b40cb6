// Stands in for storage and cookies, which a report shown in isolation does not have. Everything is
// kept in memory and forgotten with the page.
(function () {
  function storage() {
    var kept = new Map();
    var methods = {
      getItem: function (key) { key = String(key); return kept.has(key) ? kept.get(key) : null; },
      setItem: function (key, value) { kept.set(String(key), String(value)); },
      removeItem: function (key) { kept.delete(String(key)); },
      clear: function () { kept.clear(); },
      key: function (at) { var keys = Array.from(kept.keys()); return at < keys.length ? keys[at] : null; }
    };
    return new Proxy(methods, {
      get: function (_, name) {
        if (name === "length") return kept.size;
        if (Object.prototype.hasOwnProperty.call(methods, name)) return methods[name];
        return typeof name === "string" && kept.has(name) ? kept.get(name) : undefined;
      },
      set: function (_, name, value) { kept.set(String(name), String(value)); return true; },
      has: function (_, name) { return name in methods || kept.has(String(name)); },
      deleteProperty: function (_, name) { kept.delete(String(name)); return true; },
      ownKeys: function () { return Array.from(kept.keys()); },
      getOwnPropertyDescriptor: function (_, name) {
        return kept.has(name) ? { value: kept.get(name), writable: true, enumerable: true, configurable: true } : undefined;
      }
    });
  }
  function define(target, name, descriptor) {
    try { Object.defineProperty(target, name, descriptor); } catch (error) { /* The page goes on without it. */ }
  }
  ["localStorage", "sessionStorage"].forEach(function (name) {
    define(window, name, { value: storage(), configurable: true });
  });
  define(document, "cookie", { get: function () { return ""; }, set: function () {}, configurable: true });
  window.addEventListener("error", function (event) {
    var error = event.error;
    if (error && error.name === "SecurityError" && /focus|blur/.test(String(error.message))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
})();
