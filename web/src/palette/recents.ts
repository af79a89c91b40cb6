// What was opened from the palette lately, kept in this browser.
import type { FoundType } from "../api/types";

/** A place opened before. */
export interface Recent {
  url: string;
  title: string;
  context: string;
  type: FoundType | "place";
}

const key = "greenroom.recents";
const most = 6;

function isRecent(value: unknown): value is Recent {
  const recent = value as Partial<Recent> | null;
  return (
    typeof recent === "object" &&
    recent !== null &&
    typeof recent.url === "string" &&
    recent.url.startsWith("/") &&
    !recent.url.startsWith("//") &&
    typeof recent.title === "string" &&
    typeof recent.context === "string" &&
    typeof recent.type === "string"
  );
}

/** The newest first; empty where nothing is kept or nothing can be read. */
export function recents(): Recent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isRecent).slice(0, most) : [];
  } catch {
    return [];
  }
}

/** Puts a place first. */
export function remember(recent: Recent): void {
  const kept = [recent, ...recents().filter((one) => one.url !== recent.url)].slice(0, most);
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing has no recents.
  }
}

/** Forgets them all. */
export function forgetRecents(): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
