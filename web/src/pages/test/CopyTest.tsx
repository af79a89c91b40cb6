// A test to take along: its story as Markdown for an issue, and its address.
import { ClipboardCopy, Link2 } from "lucide-react";
import type { TestDetail } from "../../api/types";
import { copyText } from "../../log/clipboard";
import { testMarkdown } from "../../testing/markdown";
import { showToast } from "../../toast";
import { Button } from "../../ui";

/** The two buttons. */
export function CopyTest({ test }: { test: TestDetail }) {
  const copy = async (text: string, what: string) =>
    showToast((await copyText(text)) ? `${what} copied` : "The browser did not allow copying");
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => copy(testMarkdown(test, window.location.origin), "Markdown")}>
        <ClipboardCopy aria-hidden size={13} /> Copy for an issue
      </Button>
      <Button onClick={() => copy(window.location.href, "Link")}>
        <Link2 aria-hidden size={13} /> Copy permalink
      </Button>
    </div>
  );
}
