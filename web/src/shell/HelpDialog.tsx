// The sheet of keyboard shortcuts.
import { X } from "lucide-react";
import type { RefObject } from "react";
import { type PageKeySection, usePageKeySections, useSingleKeys } from "../pageKeys";

const everywhere: Section = {
  title: "Everywhere",
  keys: [
    ["Ctrl K", "Search and commands; ⌘K on a Mac"],
    ["/", "Search or filter this page"],
    ["g o", "Overview"],
    ["g w", "Workflows"],
    ["g r", "Runs"],
    ["g t", "Tests"],
    ["g f", "Flaky tests"],
    ["g x", "Failures"],
    ["g s", "Sync"],
    ["g h", "Health"],
    ["g ,", "Settings"],
    ["r", "Refresh this view"],
    ["y", "Copy a link to this view"],
    [".", "Open on GitHub"],
    ["t", "Light or dark theme"],
    ["?", "This sheet"],
  ],
};

const lists: Section = {
  title: "Lists",
  keys: [
    ["j / k", "Next, previous row"],
    ["o / Enter", "Open the row"],
    ["e", "Unfold or fold the row"],
    ["x", "Select a run, to compare two"],
    ["[ / ]", "Previous, next file or failure"],
  ],
};

interface Section {
  title: string;
  keys: [combination: string, meaning: string][];
}

/** Keys as they stand on a keyboard, where their value is no sign. */
const keyNames: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};

/** The sections of the page that is shown come first: they are what the reader needs here. */
function sectionsOf(page: readonly PageKeySection[]): Section[] {
  const own = page.map(
    ({ title, keys }): Section => ({
      title,
      keys: keys.map((key) => [key.keys.map((one) => keyNames[one] ?? one).join(" / "), key.label]),
    }),
  );
  return [...own, lists, everywhere];
}

/** A native dialog, opened by its ref. */
export function HelpDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const sections = sectionsOf(usePageKeySections());
  const areOn = useSingleKeys();
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      className="m-auto w-[min(760px,calc(100vw-2rem))] rounded-lg border border-line bg-panel p-0 text-text backdrop:bg-black/40"
    >
      <div className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 id="help-title" className="text-lg font-semibold">
          Keyboard shortcuts
        </h2>
        <form method="dialog">
          <button
            type="submit"
            aria-label="Close"
            className="inline-flex size-8 items-center justify-center rounded-md hover:bg-raised"
          >
            <X aria-hidden size={16} />
          </button>
        </form>
      </div>
      {!areOn && (
        <p className="mx-4 mt-3 rounded-md bg-flaky-soft px-3 py-2 text-flaky-text">
          Single keys are switched off in the settings; the arrow keys, Enter, Escape and Ctrl K still work.
        </p>
      )}
      <div className="gap-6 p-4 sm:columns-2">
        {sections.map(({ title, keys }) => (
          <section key={title} className="mb-5 break-inside-avoid">
            <h3 className="mb-2 font-semibold">{title}</h3>
            <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1.5">
              {keys.map(([combination, meaning]) => (
                <div key={combination} className="contents">
                  <dt>
                    <kbd className="rounded border border-line bg-raised px-1.5 py-0.5 font-mono text-xs">
                      {combination}
                    </kbd>
                  </dt>
                  <dd className="text-muted">{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
