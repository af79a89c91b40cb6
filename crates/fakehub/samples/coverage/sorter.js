// Sorts the table by the column whose heading is pressed.
(() => {
  const table = document.querySelector("table");
  if (!table) return;
  table.querySelectorAll("th").forEach((heading, column) => {
    heading.onclick = () => {
      const body = table.tBodies[0];
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const rows = [...body.rows].sort((a, b) => value(a).localeCompare(value(b), undefined, { numeric: true }));
      body.replaceChildren(...rows);
    };
  });
  document.body.dataset.ready = "yes";
})();
