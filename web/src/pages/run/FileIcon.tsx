// A picture for the kind of a file.
import { Binary, Braces, FileText, Image } from "lucide-react";
import type { FileType } from "../../api/types";

const icons = { image: Image, json: Braces, text: FileText, binary: Binary };

/** The icon; the name next to it says the rest. */
export function FileIcon({ type }: { type: FileType }) {
  const Icon = icons[type] ?? Binary;
  return <Icon aria-hidden size={14} className="shrink-0 text-faint" />;
}
