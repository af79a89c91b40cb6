// The order of a table's rows by one of its columns. Pure.

/** A column, counted from one, and the direction, as the address has them: "3", "-3". */
export function parseSort(text: string | undefined): { column: number; descending: boolean } | null {
  const found = /^(-?)([1-9]\d{0,5})$/.exec(text ?? "");
  return found ? { column: Number(found[2]) - 1, descending: found[1] === "-" } : null;
}

/** What a click on a column leads to: up, down, and back to the order of the file. */
export function nextSort(text: string | undefined, column: number): string | undefined {
  const now = parseSort(text);
  if (now?.column !== column) return String(column + 1);
  return now.descending ? undefined : `-${column + 1}`;
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Numbers by value, everything else as words; empty cells come last in both directions; equals stay in order. */
export function rowOrder(rows: readonly string[][], column: number, descending: boolean): number[] {
  const order = rows.map((_, index) => index);
  const cells = rows.map((row) => row[column]?.trim() ?? "");
  const numbers = cells.map((cell) => (cell === "" ? Number.NaN : Number(cell)));
  const sign = descending ? -1 : 1;
  return order.sort((a, b) => {
    const [left = "", right = ""] = [cells[a], cells[b]];
    if (left === "" || right === "") return Number(left === "") - Number(right === "") || a - b;
    const [x = Number.NaN, y = Number.NaN] = [numbers[a], numbers[b]];
    const found = Number.isNaN(x) || Number.isNaN(y) ? collator.compare(left, right) : x - y;
    return sign * found || a - b;
  });
}
