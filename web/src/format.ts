// Numbers and times as people read them. Pure; the caller passes the present moment.

const units = ["KB", "MB", "GB", "TB"] as const;

/** A size in bytes, in powers of 1,000, with at most one decimal: "940 B", "1.2 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = "B";
  for (const next of units) {
    value /= 1000;
    unit = next;
    if (value < 999.5) break;
  }
  return `${value < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
}

/** A duration in milliseconds, in its two largest units: "40ms", "1.4s", "58s", "14m 12s", "3h 05m", "2d 4h". */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms >= 0.5 && ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, "")}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

const steps: [limitSeconds: number, divisor: number, unit: string][] = [
  [60, 1, "s"],
  [3600, 60, "m"],
  [86_400, 3600, "h"],
  [86_400 * 60, 86_400, "d"],
  [86_400 * 365, 86_400 * 30, "mo"],
  [Number.POSITIVE_INFINITY, 86_400 * 365, "y"],
];

/** A moment relative to `nowMs`: "just now", "26m ago", "in 4m". */
export function formatRelative(time: string | number, nowMs: number): string {
  const seconds = (nowMs - new Date(time).getTime()) / 1000;
  if (Number.isNaN(seconds)) return "unknown";
  const distance = Math.abs(seconds);
  if (distance < 5) return "just now";
  for (const [limit, divisor, unit] of steps) {
    if (distance < limit) {
      const amount = `${Math.floor(distance / divisor)}${unit}`;
      return seconds >= 0 ? `${amount} ago` : `in ${amount}`;
    }
  }
  return "unknown";
}

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** A moment in full, in the reader's own time zone. */
export function formatAbsolute(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "unknown time" : absolute.format(date);
}

/** The hour and minute of a moment: "14:05". */
export function formatClock(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "unknown" : clock.format(date);
}

/** A whole number with thousands separators: "2,431". */
export function formatCount(count: number): string {
  return count.toLocaleString("en");
}

/** A share between 0 and 1 as a percentage: "91.8%", "100%". */
export function formatRate(rate: number): string {
  const percent = rate * 100;
  // 99.96 % is not 100 %: rounding must not hide the one failure.
  const rounded = rate < 1 ? Math.min(percent, 99.9) : percent;
  return `${rounded.toFixed(1).replace(/\.0$/, "")}%`;
}

/** A count with its noun: "1 file", "12 files". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
