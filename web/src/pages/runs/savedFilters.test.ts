import { beforeEach, expect, test } from "vitest";
import { filterName, isSameFilter, savedFilters, toggleSavedFilter } from "./savedFilters";

beforeEach(() => localStorage.clear());

test("a filter is kept without its place and selection, and forgotten again", () => {
  toggleSavedFilter({ status: "failure", branch: "main", cursor: "abc", pick: "1,2" });
  expect(savedFilters()).toEqual([{ status: "failure", branch: "main" }]);
  expect(isSameFilter({ branch: "main", status: "failure", cursor: "x" }, { status: "failure", branch: "main" })).toBe(
    true,
  );
  toggleSavedFilter({ branch: "main", status: "failure" });
  expect(savedFilters()).toEqual([]);
});

test("what was kept and is damaged counts as nothing", () => {
  localStorage.setItem("greenroom.savedFilters", "{broken");
  expect(savedFilters()).toEqual([]);
  localStorage.setItem("greenroom.savedFilters", '[1, null, {"q":"x"}]');
  expect(savedFilters()).toEqual([{ q: "x" }]);
});

test("a filter has a name", () => {
  expect(filterName({ status: "timed_out", q: "cart", headSha: "0123456789", from: "2026-05-04T00:00:00Z" })).toBe(
    "timed out · “cart” · 0123456 · from 2026-05-04",
  );
});
