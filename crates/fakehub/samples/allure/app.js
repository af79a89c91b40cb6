// Draws the report from the data beside it; keeps the theme in the browser's storage and the page in the address.
const main = document.querySelector("main");
const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};
const theme = () => {
  document.documentElement.dataset.theme = localStorage.getItem("allure-theme") ?? "light";
};
document.getElementById("theme").onclick = () => {
  localStorage.setItem("allure-theme", localStorage.getItem("allure-theme") === "dark" ? "light" : "dark");
  theme();
};
const load = async (path) => (await fetch(path)).json();
async function show() {
  const page = location.hash.slice(1) || "overview";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${page}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const [summary, suites] = await Promise.all([load("widgets/summary.json"), load("data/suites.json")]);
  main.replaceChildren();
  const head = element("section");
  head.append(element("h1", summary.reportName), element("p", `${summary.statistic.total} tests, ${summary.statistic.passed} passed`));
  const bar = element("div", undefined, "bar");
  for (const status of ["passed", "failed", "broken"]) {
    const part = element("span", undefined, status);
    part.style.flex = String(summary.statistic[status]);
    bar.append(part);
  }
  head.append(bar);
  main.append(head);
  for (const suite of suites.children) {
    const section = element("section");
    section.append(element("h2", suite.name));
    const list = element("ul");
    for (const test of suite.children) {
      const row = element("li", `${test.name} — ${test.status}, ${test.time.duration} ms`, test.status);
      if (page === "suites" && test.statusMessage) row.append(element("pre", test.statusMessage));
      list.append(row);
    }
    section.append(list);
    main.append(section);
  }
  document.body.dataset.ready = "yes";
}
addEventListener("hashchange", show);
theme();
show();
