// How many files of each kind a run left behind.
import { Binary, Braces, FileText, Image } from "lucide-react";
import type { RunSummary } from "../../api/types";
import { formatCount, plural } from "../../format";

const kinds = [
  { key: "images", icon: Image, one: "image", many: "images" },
  { key: "json", icon: Braces, one: "JSON file", many: "JSON files" },
  { key: "text", icon: FileText, one: "text", many: "texts" },
  { key: "binary", icon: Binary, one: "binary file", many: "binary files" },
] as const;

/** The counts as a sentence: "12 files: 3 images, 9 texts". */
export function fileCountsSentence(summary: RunSummary): string {
  if (summary.files === 0) return summary.artifacts === 0 ? "No artifacts" : "No files";
  const parts = kinds
    .filter(({ key }) => summary[key] > 0)
    .map(({ key, one, many }) => plural(summary[key], one, many));
  return `${plural(summary.files, "file")}: ${parts.join(", ")}`;
}

/** The counts as icons with numbers. */
export function FileCounts({ summary }: { summary: RunSummary }) {
  const sentence = fileCountsSentence(summary);
  if (summary.files === 0) return <span className="text-sm text-faint">{summary.artifacts === 0 ? "–" : "none"}</span>;
  return (
    <span role="img" aria-label={sentence} title={sentence} className="flex items-center gap-2.5 text-sm text-muted">
      {kinds.map(
        ({ key, icon: Icon }) =>
          summary[key] > 0 && (
            <span key={key} className="inline-flex items-center gap-1">
              <Icon aria-hidden size={13} className="text-faint" />
              {formatCount(summary[key])}
            </span>
          ),
      )}
    </span>
  );
}
