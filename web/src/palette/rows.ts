// The rows of the palette, made of what was asked and what is known.

import type { Found, FoundItem, FoundType, Resolved } from "../api/types";
import type { Command } from "../commands";
import { distinctCommands } from "../commands";
import { type Asked, matchesAll } from "./mode";
import type { Recent } from "./recents";

/** A row that can be chosen. */
export type Row =
  | { kind: "command"; id: string; command: Command }
  | { kind: "recent"; id: string; recent: Recent }
  | { kind: "item"; id: string; type: FoundType; item: FoundItem }
  | { kind: "resolved"; id: string; resolved: Resolved }
  | { kind: "all"; id: string; url: string; label: string };

/** Rows under one heading. */
export interface Section {
  id: string;
  title: string;
  rows: Row[];
}

/** What the types are called as headings. */
export const typeTitles: Record<FoundType, string> = {
  tests: "Tests",
  failures: "Failures",
  runs: "Runs",
  workflows: "Workflows",
  branches: "Branches",
  files: "Files",
};

const commandsBesideResults = 4;

function commandRows(commands: readonly Command[], filter: string): Row[] {
  return distinctCommands(commands)
    .filter((command) => matchesAll(`${command.title} ${command.words ?? ""}`, filter))
    .map((command) => ({ kind: "command", id: `command:${command.id}`, command }));
}

function section(id: string, title: string, rows: Row[]): Section[] {
  return rows.length > 0 ? [{ id, title, rows }] : [];
}

/** The sections, in order; none is empty. */
export function sectionsOf(
  question: Asked,
  commands: readonly Command[],
  recents: readonly Recent[],
  found: Found | undefined,
): Section[] {
  if (question.commandsOnly) return section("commands", "Commands", commandRows(commands, question.filter));
  if (question.question === "") {
    const rows = recents.map((recent): Row => ({ kind: "recent", id: `recent:${recent.url}`, recent }));
    return [
      ...section("recents", "Opened lately", rows),
      ...section("commands", "Commands", commandRows(commands, "")),
    ];
  }
  const resolved = found?.resolved;
  const groups = found?.groups ?? [];
  const some = groups.some((group) => group.items.length > 0);
  const all: Row[] = some
    ? [{ kind: "all", id: "all", url: searchUrl(question.question), label: `All results for “${question.question}”` }]
    : [];
  return [
    ...section("resolved", "Go to", resolved ? [{ kind: "resolved", id: "resolved", resolved }] : []),
    ...groups.flatMap((group) =>
      section(
        group.type,
        typeTitles[group.type],
        group.items.map((item) => ({ kind: "item", id: `${group.type}:${item.id}`, type: group.type, item })),
      ),
    ),
    ...section("all", "More", all),
    ...section("commands", "Commands", commandRows(commands, question.filter).slice(0, commandsBesideResults)),
  ];
}

/** Where the page of all results is. */
export function searchUrl(question: string, type?: FoundType): string {
  const parameters = new URLSearchParams({ q: question, ...(type ? { type } : {}) });
  return `/search?${parameters}`;
}

/** Where a row leads, if it leads anywhere by itself. */
export function urlOf(row: Row): string | null {
  switch (row.kind) {
    case "command":
      return row.command.to ?? null;
    case "recent":
      return row.recent.url;
    case "item":
      return row.item.url;
    case "all":
      return row.url;
    case "resolved":
      return row.resolved.url;
  }
}

/** What is remembered of a row that was opened; null for what is no place. */
export function recentOf(row: Row): Recent | null {
  if (row.kind === "recent") return row.recent;
  if (row.kind === "item") {
    const { url, title, context } = row.item;
    return { url, title, context, type: row.type };
  }
  if (row.kind === "resolved") return { url: row.resolved.url, title: row.resolved.title, context: "", type: "place" };
  return null;
}

/** The row after `by` steps from the active one, around the ends. */
export function step(rows: readonly Row[], active: string | null, by: number): string | null {
  if (rows.length === 0) return null;
  const at = rows.findIndex((row) => row.id === active);
  const from = at === -1 ? (by > 0 ? -1 : 0) : at;
  return rows[(from + by + rows.length) % rows.length]?.id ?? null;
}
