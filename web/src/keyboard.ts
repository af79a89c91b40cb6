// The keys that work on every page. Rows take part by carrying `data-row`, search fields by `data-search`.

/** A page of the header that `g` and a letter lead to. */
export type Place =
  | "/"
  | "/workflows"
  | "/runs"
  | "/tests"
  | "/flaky"
  | "/failures"
  | "/sync"
  | "/health"
  | "/settings";

/** What a key press means to the shell. */
export type KeyAction =
  | { kind: "go"; to: Place }
  | { kind: "move"; by: 1 | -1 }
  | { kind: "sibling"; which: "previous" | "next" }
  | { kind: "search" }
  | { kind: "refresh" }
  | { kind: "theme" }
  | { kind: "help" }
  | { kind: "open" }
  | { kind: "expand" }
  | { kind: "permalink" }
  | { kind: "github" }
  | { kind: "prefix" };

const places: Record<string, Place> = {
  o: "/",
  w: "/workflows",
  r: "/runs",
  t: "/tests",
  f: "/flaky",
  x: "/failures",
  s: "/sync",
  h: "/health",
  ",": "/settings",
};
const single: Record<string, KeyAction> = {
  j: { kind: "move", by: 1 },
  k: { kind: "move", by: -1 },
  "[": { kind: "sibling", which: "previous" },
  "]": { kind: "sibling", which: "next" },
  "/": { kind: "search" },
  r: { kind: "refresh" },
  t: { kind: "theme" },
  "?": { kind: "help" },
  o: { kind: "open" },
  e: { kind: "expand" },
  y: { kind: "permalink" },
  ".": { kind: "github" },
  g: { kind: "prefix" },
};

/** The meaning of a key, given whether `g` was pressed just before; null for none. */
export function actionOf(key: string, afterPrefix: boolean): KeyAction | null {
  const place = afterPrefix ? places[key] : undefined;
  if (place) return { kind: "go", to: place };
  return single[key] ?? null;
}

/** True where the key belongs to what has the focus: a field, or something with its own keys. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable=true], dialog") !== null
  );
}

/** Moves the focus to the next or previous row; false where the page has none. */
export function moveRow(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  if (rows.length === 0) return false;
  const active = document.activeElement;
  const current = rows.findIndex((row) => row === active || row.closest("tr, li")?.contains(active));
  const next = current === -1 ? (by === 1 ? 0 : rows.length - 1) : current + by;
  const row = rows[Math.min(rows.length - 1, Math.max(0, next))];
  row?.focus();
  row?.scrollIntoView?.({ block: "nearest" });
  return true;
}

/** The row that has the focus, or holds what has it. */
function focusedRow(): HTMLElement | null {
  const active = document.activeElement;
  return active?.closest<HTMLElement>("main tr, main li") ?? active?.closest<HTMLElement>("main [data-row]") ?? null;
}

/** Opens the row that has the focus; false where none has. */
export function openRow(): boolean {
  const row = focusedRow();
  const link = row?.matches("[data-row]") ? row : row?.querySelector<HTMLElement>("[data-row]");
  link?.click();
  return link != null;
}

/** Unfolds or folds the row that has the focus; false where there is nothing to unfold. */
export function expandRow(): boolean {
  const row = focusedRow();
  const fold = row?.matches("[aria-expanded]") ? row : row?.querySelector<HTMLElement>("[aria-expanded], summary");
  fold?.click();
  return fold != null;
}

/** Opens the same thing on GitHub, by the page's own link; false where it has none. */
export function openOnGitHub(): boolean {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("main a[target=_blank]")];
  const link = links.find((one) => one.textContent?.trim() === "GitHub");
  link?.click();
  return link !== undefined;
}

/** Puts the cursor into the page's search field; false where it has none. */
export function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("main [data-search]");
  field?.focus();
  field?.select();
  return field !== null;
}

/** Follows the page's link to the previous or next sibling; false where there is none. */
export function followSibling(which: "previous" | "next"): boolean {
  const link = document.querySelector<HTMLElement>(`main [data-sibling="${which}"]`);
  link?.click();
  return link !== null;
}
