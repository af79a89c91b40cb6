// Filters of runs that the reader keeps, in this browser only.
import { activeFilters, type RunsSearch, stringifySearch } from "../../search";

const key = "greenroom.savedFilters";
const most = 12;
const listeners = new Set<() => void>();
let known: { text: string; filters: RunsSearch[] } = { text: "[]", filters: [] };

function textKept(): string {
  try {
    return localStorage.getItem(key) ?? "[]";
  } catch {
    return "[]";
  }
}

/** The filters kept, oldest first; nothing where the browser keeps nothing or what it kept is damaged. */
export function savedFilters(): RunsSearch[] {
  const text = textKept();
  if (text !== known.text) known = { text, filters: read(text) };
  return known.filters;
}

function read(text: string): RunsSearch[] {
  try {
    const kept: unknown = JSON.parse(text);
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "object" && one !== null).slice(0, most) : [];
  } catch {
    return [];
  }
}

function keep(filters: RunsSearch[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(filters));
  } catch {
    // A browser that keeps nothing still filters.
  }
  for (const tell of listeners) tell();
}

/** Tells when the filters change, also from another tab. */
export function watchSavedFilters(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** Only what filters: neither the place in the list nor the selection. */
export function filterOf(search: RunsSearch): RunsSearch {
  return Object.fromEntries(activeFilters(search).map((name) => [name, search[name as keyof RunsSearch]]));
}

/** Whether two searches filter alike. */
export function isSameFilter(one: RunsSearch, other: RunsSearch): boolean {
  const sorted = (search: RunsSearch) => stringifySearch(Object.fromEntries(Object.entries(filterOf(search)).sort()));
  return sorted(one) === sorted(other);
}

/** Keeps a filter, or forgets it where it is kept already. */
export function toggleSavedFilter(search: RunsSearch): void {
  const rest = savedFilters().filter((one) => !isSameFilter(one, search));
  const isKept = rest.length < savedFilters().length;
  keep(isKept ? rest : [...rest, filterOf(search)].slice(-most));
}

/** A filter in words. */
export function filterName(search: RunsSearch): string {
  return activeFilters(search)
    .map((name) => {
      const value = String(search[name as keyof RunsSearch]);
      if (name === "headSha") return value.slice(0, 7);
      if (name === "q") return `“${value}”`;
      return name === "from" || name === "to" ? `${name} ${value.slice(0, 10)}` : value.replaceAll("_", " ");
    })
    .join(" · ");
}
