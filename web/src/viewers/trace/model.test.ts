import { describe, expect, it } from "vitest";
import type { Screenshot, TraceAction, TraceRequest } from "../archive/queries";
import {
  actionAt,
  ancestorsOf,
  clock,
  during,
  failedFirst,
  filmOf,
  firstChoice,
  frameAt,
  hasFailed,
  locatorText,
  rowsOf,
  shortUrl,
  shutAtFirst,
  visibleRows,
} from "./model";

function action(title: string, startMs: number, endMs: number | null, more: Partial<TraceAction> = {}): TraceAction {
  return { title, call: title, startMs, endMs, parameters: [], stack: [], log: [], attachments: [], ...more };
}

const failure = { message: "no" };
const actions = [
  action("Before Hooks", 0, 50),
  action("fixture: page", 10, 40, { parent: 0 }),
  action("buy", 60, 900, { error: failure }),
  action("Navigate", 60, 200, { parent: 2 }),
  action("Click", 210, 890, { parent: 2, error: failure }),
  action("After Hooks", 900, null),
];
const rows = rowsOf(actions);

describe("the tree of actions", () => {
  it("gives every row its depth, and marks what failed with all around it", () => {
    expect(rows.map((row) => row.depth)).toEqual([0, 1, 0, 1, 1, 0]);
    expect(rows.map((row) => row.failed)).toEqual([false, false, true, false, true, false]);
    expect(ancestorsOf(rows, 4)).toEqual([2]);
  });

  it("shuts housekeeping at first, unless something failed in it", () => {
    expect([...shutAtFirst(rows)]).toEqual([0]);
    expect(visibleRows(rows, new Set([0])).map((row) => row.index)).toEqual([0, 2, 3, 4, 5]);
    const broken = rowsOf([action("Before Hooks", 0, 5), action("fixture: db", 1, 4, { parent: 0, error: failure })]);
    expect(shutAtFirst(broken).size).toBe(0);
  });

  it("begins with the innermost failure, else with the last step of the test", () => {
    expect(firstChoice(rows)).toBe(4);
    expect(firstChoice(rowsOf([action("a", 0, 1), action("b", 1, 2), action("After Hooks", 2, 3)]))).toBe(1);
    expect(firstChoice([])).toBeNull();
  });

  it("finds the innermost action at a time", () => {
    expect(actionAt(rows, 300, 1000)).toBe(4);
    expect(actionAt(rows, 55, 1000)).toBe(1);
    expect(actionAt(rows, 950, 1000)).toBe(5);
    expect(actionAt([], 5, 1000)).toBeNull();
  });
});

describe("screenshots", () => {
  const frame = (timeMs: number, entry: number, page = 0): Screenshot => ({
    timeMs,
    entry,
    page,
    width: 10,
    height: 10,
  });
  const frames = [frame(100, 1), frame(200, 2), frame(250, 3, 1), frame(400, 4)];

  it("shows the page as it was at a moment", () => {
    expect(frameAt(frames, 260)?.entry).toBe(3);
    expect(frameAt(frames, 260, 0)?.entry).toBe(2);
    expect(frameAt(frames, 5)?.entry).toBe(1);
    expect(frameAt(frames, 5, 9)?.entry).toBe(1);
    expect(frameAt([], 5)).toBeNull();
  });

  it("puts on the film what showed at even distances in time", () => {
    expect(filmOf(frames, 400, 2).map((one) => one.entry)).toEqual([1, 3]);
    expect(filmOf(frames, 400, 8).map((one) => one.entry)).toEqual([1, 1, 1, 1, 2, 3, 3, 3]);
    expect(filmOf([], 400, 8)).toEqual([]);
  });
});

describe("requests", () => {
  const request = (status: number | null, startMs: number): TraceRequest => ({
    method: "GET",
    url: "http://x/",
    status,
    startMs,
    isFulfilled: false,
  });

  it("puts failed ones first and keeps their order", () => {
    const all = [request(200, 1), request(404, 2), request(302, 3), request(null, 4)];
    expect(failedFirst(all).map((one) => one.startMs)).toEqual([2, 4, 1, 3]);
    expect(all.filter(hasFailed)).toHaveLength(2);
  });

  it("belong to an action while it goes on", () => {
    const all = [request(200, 100), request(200, 300)];
    expect(during(all, (one) => one.startMs, action("x", 50, 200), 1000)).toEqual([all[0]]);
    expect(during(all, (one) => one.startMs, action("x", 50, null), 1000)).toHaveLength(2);
  });

  it("are called by the end of their address", () => {
    expect(shortUrl("https://a.example/api/cart?x=1")).toBe("cart?x=1");
    expect(shortUrl("https://a.example/")).toBe("a.example");
    expect(shortUrl("not an address")).toBe("not an address");
    expect(shortUrl("javascript:alert(1)")).not.toBe("");
  });
});

describe("locators", () => {
  it.each([
    ['internal:role=button[name="Add to cart"i]', "getByRole('button', { name: 'Add to cart' })"],
    ["internal:role=heading", "getByRole('heading')"],
    ['internal:text="Thank you"i', "getByText('Thank you')"],
    ['internal:testid=[data-testid="total"s]', "getByTestId('total')"],
    ['internal:attr=[placeholder="Search"i]', "getByPlaceholder('Search')"],
    ["#cart >> nth=0", "locator('#cart').first()"],
    ["internal:has=something", "internal:has=something"],
    ['internal:text="it\'s"s', "getByText('it\\'s')"],
  ])("%s is shown as %s", (selector, shown) => {
    expect(locatorText(selector)).toBe(shown);
  });
});

it("tells times in a unit that fits", () => {
  expect([clock(0), clock(849.6), clock(1500), clock(12_345), clock(65_000)]).toEqual([
    "0 ms",
    "850 ms",
    "1.50 s",
    "12.3 s",
    "1:05",
  ]);
});
