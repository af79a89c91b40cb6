// What the trace view shows, worked out of what the server read: pure functions.
import type { ConsoleMessage, Screenshot, TraceAction, TraceRequest } from "../archive/queries";

/** An action as a row of the tree. */
export interface Row {
  index: number;
  action: TraceAction;
  depth: number;
  hasChildren: boolean;
  /** Whether it, or something in it, failed. */
  failed: boolean;
}

/** Titles of what the test runner does around the test; shut where nothing failed in them. */
const housekeeping = /^(Before Hooks|After Hooks|Worker Cleanup)$|^fixture: /;

/** Rows of all actions. The server puts parents before their children. */
export function rowsOf(actions: readonly TraceAction[]): Row[] {
  const rows: Row[] = [];
  for (const [index, action] of actions.entries()) {
    const parent = action.parent == null ? undefined : rows[action.parent];
    if (parent) parent.hasChildren = true;
    rows.push({
      index,
      action,
      depth: parent ? parent.depth + 1 : 0,
      hasChildren: false,
      failed: action.error != null,
    });
  }
  for (const row of rows.toReversed()) {
    const parent = row.action.parent == null ? undefined : rows[row.action.parent];
    if (parent && row.failed) parent.failed = true;
  }
  return rows;
}

/** What is shut when the view opens. */
export function shutAtFirst(rows: readonly Row[]): Set<number> {
  return new Set(
    rows.filter((row) => row.hasChildren && !row.failed && housekeeping.test(row.action.title)).map((row) => row.index),
  );
}

/** Rows that are not inside something shut. */
export function visibleRows(rows: readonly Row[], shut: ReadonlySet<number>): Row[] {
  const hidden = new Set<number>();
  return rows.filter((row) => {
    const parent = row.action.parent;
    const isHidden = parent != null && (hidden.has(parent) || shut.has(parent));
    if (isHidden) hidden.add(row.index);
    return !isHidden;
  });
}

/** The ancestors of a row, to be opened where the row is to be seen. */
export function ancestorsOf(rows: readonly Row[], index: number): number[] {
  const ancestors: number[] = [];
  for (
    let at = rows[index]?.action.parent;
    at != null && ancestors.length < rows.length;
    at = rows[at]?.action.parent
  ) {
    ancestors.push(at);
  }
  return ancestors;
}

/** The action to begin with: the innermost one that failed, else the last. */
export function firstChoice(rows: readonly Row[]): number | null {
  const failed = rows.filter((row) => row.action.error != null);
  const inner = failed.find((row) => !failed.some((other) => ancestorsOf(rows, other.index).includes(row.index)));
  return (
    inner?.index ??
    rows.findLast((row) => !housekeeping.test(row.action.title) && row.depth === 0)?.index ??
    rows.at(-1)?.index ??
    null
  );
}

/** When an action ended; one that never did, when the trace did. */
export function endOf(action: TraceAction, durationMs: number): number {
  return action.endMs ?? Math.max(action.startMs, durationMs);
}

/** The innermost action that was going on at a time, else the last one that had begun. */
export function actionAt(rows: readonly Row[], timeMs: number, durationMs: number): number | null {
  const during = rows.filter(({ action }) => action.startMs <= timeMs && endOf(action, durationMs) >= timeMs);
  const deepest = during.reduce<Row | null>((best, row) => (best && best.depth > row.depth ? best : row), null);
  return deepest?.index ?? rows.findLast(({ action }) => action.startMs <= timeMs)?.index ?? rows[0]?.index ?? null;
}

/** The screenshot that showed the page at a time: the last before it, else the first. */
export function frameAt(frames: readonly Screenshot[], timeMs: number, page?: number | null): Screenshot | null {
  const own = page == null ? frames : frames.filter((frame) => frame.page === page);
  const among = own.length > 0 ? own : frames;
  return among.findLast((frame) => frame.timeMs <= timeMs) ?? among[0] ?? null;
}

/** `slots` screenshots at even distances in time, each the one that showed at its moment. */
export function filmOf(frames: readonly Screenshot[], durationMs: number, slots: number): Screenshot[] {
  const film: Screenshot[] = [];
  for (let slot = 0; slot < slots; slot += 1) {
    const frame = frameAt(frames, (durationMs * (slot + 0.5)) / slots);
    if (frame) film.push(frame);
  }
  return film;
}

/** Whether a request came to a bad end. */
export function hasFailed(request: TraceRequest): boolean {
  return request.failure != null || request.status == null || request.status >= 400;
}

/** Failed requests first, then by time. */
export function failedFirst(requests: readonly TraceRequest[]): TraceRequest[] {
  return [...requests.filter(hasFailed), ...requests.filter((request) => !hasFailed(request))];
}

/** What happened while an action went on. */
export function during<T>(
  items: readonly T[],
  timeOf: (item: T) => number,
  action: TraceAction,
  durationMs: number,
): T[] {
  const end = endOf(action, durationMs);
  return items.filter((item) => timeOf(item) >= action.startMs && timeOf(item) <= end);
}

/** How a message counts. */
export function toneOf(message: ConsoleMessage): "error" | "warning" | "plain" {
  if (message.level === "error" || message.source === "pageError" || message.level === "assert") return "error";
  return message.level === "warning" ? "warning" : "plain";
}

/** A selector as the test may have written it: the engine's names are turned back where that is certain. */
export function locatorText(selector: string): string {
  const parts = selector.split(/\s*>>\s*/);
  const written = parts.map(partText);
  return written.every((part) => part !== null) ? written.join(".") : selector;
}

function partText(part: string): string | null {
  const role = /^internal:role=([a-z]+)((?:\[.*\])?)$/.exec(part);
  if (role) {
    const name = /\[name=("(?:[^"\\]|\\.)*")([is]?)\]/.exec(role[2] ?? "")?.[1];
    return name ? `getByRole('${role[1]}', { name: ${singleQuoted(name)} })` : `getByRole('${role[1]}')`;
  }
  const text = /^internal:(text|label)=("(?:[^"\\]|\\.)*")[is]?$/.exec(part);
  if (text?.[2]) return `getBy${text[1] === "text" ? "Text" : "Label"}(${singleQuoted(text[2])})`;
  const attribute = /^internal:(?:attr|testid)=\[([\w-]+)=("(?:[^"\\]|\\.)*")[is]?\]$/.exec(part);
  if (attribute?.[1] && attribute[2]) {
    const by = { placeholder: "Placeholder", alt: "AltText", title: "Title" }[attribute[1]] ?? "TestId";
    return `getBy${by}(${singleQuoted(attribute[2])})`;
  }
  const nth = /^nth=(-?\d+)$/.exec(part);
  if (nth) return nth[1] === "0" ? "first()" : nth[1] === "-1" ? "last()" : `nth(${nth[1]})`;
  return /^(?:internal:|css=|xpath=|text=)/.test(part) ? null : `locator('${part.replaceAll("'", "\\'")}')`;
}

function singleQuoted(json: string): string {
  try {
    return `'${String(JSON.parse(json)).replaceAll("'", "\\'")}'`;
  } catch {
    return json;
  }
}

/** A time within the trace: "850 ms", "12.4 s", "1:05". */
export function clock(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(ms / 60_000)}:${String(Math.floor((ms % 60_000) / 1_000)).padStart(2, "0")}`;
}

/** The last part of an address, for a narrow column; the host where there is none. */
export function shortUrl(url: string): string {
  try {
    const { pathname, search, host } = new URL(url);
    const last = pathname.split("/").filter(Boolean).at(-1);
    return last ? `${last}${search}` : host || url;
  } catch {
    return url;
  }
}
