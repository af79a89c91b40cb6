// What a wall screen shows when: how many cards fit, which of them stay, and whether the data is too old. Pure.
import type { OverviewWorkflow, SyncStatus } from "../../api/types";

/** How many columns and rows of cards fit a room of this size, both at least one. */
export function roomOf(
  width: number,
  height: number,
  card: { width: number; height: number; gap: number },
): { columns: number; rows: number } {
  const count = (room: number, size: number) => Math.max(1, Math.floor((room + card.gap) / (size + card.gap)));
  return { columns: count(width, card.width), rows: count(height, card.height) };
}

/** The cards of one turn: failing ones stay as far as there is room, the others take turns in what is left. */
export function turnOf(
  workflows: OverviewWorkflow[],
  room: number,
  turn: number,
): { shown: OverviewWorkflow[]; page: number; pages: number } {
  const listed = workflows.filter(({ standing }) => standing !== "disabled" && standing !== "idle");
  if (listed.length <= room) return { shown: listed, page: 1, pages: 1 };
  const failing = listed.filter(({ standing }) => standing === "failing");
  // At least a quarter of the room takes turns, so that nothing is hidden for good.
  const staying = failing.slice(0, Math.max(0, room - Math.max(1, Math.ceil(room / 4))));
  const others = listed.filter((workflow) => !staying.includes(workflow));
  const size = Math.max(1, room - staying.length);
  const pages = Math.ceil(others.length / size);
  const page = turn % pages;
  return { shown: [...staying, ...others.slice(page * size, (page + 1) * size)], page: page + 1, pages };
}

const graceMs = 5 * 60_000;

/** Why what is shown must not be trusted any more, in a few words; null while it can be. */
export function stalenessOf(
  sync: SyncStatus | undefined,
  connection: "live" | "polling" | "offline",
  hasFailed: boolean,
  nowMs: number,
): string | null {
  if (connection === "offline") return "The Greenroom server cannot be reached";
  if (hasFailed) return "The overview could not be renewed";
  if (!sync) return null;
  if (sync.lastError) return "The last check of GitHub failed";
  const due = sync.nextPollAt ? new Date(sync.nextPollAt).getTime() : null;
  const checked = sync.lastSyncAt ? new Date(sync.lastSyncAt).getTime() : null;
  if (due !== null && nowMs > due + graceMs && sync.state === "operational")
    return "GitHub has not been checked for long";
  if (due === null && checked !== null && nowMs > checked + 6 * graceMs) return "GitHub has not been checked for long";
  return null;
}
