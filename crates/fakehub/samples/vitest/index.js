// A module that reads its data over the network and remembers what was open, as the page of the unit test runner does.
const state = { open: sessionStorage.getItem("open-file") ?? "" };
const answer = await fetch(new URL(`../${window.METADATA_PATH}`, import.meta.url));
const { files } = await answer.json();
const app = document.getElementById("app");
const aside = document.createElement("aside");
const article = document.createElement("article");
app.append(aside, article);
document.body.classList.toggle("dark", localStorage.getItem("vueuse-color-scheme") === "dark");
function open(file) {
  sessionStorage.setItem("open-file", file.name);
  for (const button of aside.children) button.setAttribute("aria-pressed", String(button.dataset.file === file.name));
  article.replaceChildren();
  const title = document.createElement("h1");
  title.textContent = file.name;
  article.append(title);
  for (const test of file.tests) {
    const row = document.createElement("p");
    row.className = test.state;
    row.textContent = `${test.state === "fail" ? "×" : "✓"} ${test.suite} > ${test.name} ${test.ms} ms`;
    article.append(row);
  }
}
for (const file of files) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.file = file.name;
  button.textContent = file.name;
  button.onclick = () => open(file);
  aside.append(button);
}
open(files.find((file) => file.name === state.open) ?? files[0]);
document.body.dataset.ready = "yes";
