// The sheet of keyboard shortcuts.
import { X } from "lucide-react";
import type { RefObject } from "react";

const groups: [title: string, keys: [keys: string, meaning: string][]][] = [
  [
    "Everywhere",
    [
      ["g o", "Overview"],
      ["g w", "Workflows"],
      ["g r", "Runs"],
      ["g t", "Tests"],
      ["g f", "Flaky tests"],
      ["g x", "Failures"],
      ["g s", "Sync status"],
      ["/", "Search or filter this page"],
      ["r", "Refresh this view"],
      ["t", "Light or dark theme"],
      ["?", "This sheet"],
    ],
  ],
  [
    "Lists",
    [
      ["j / k", "Next, previous row"],
      ["Enter", "Open the row"],
      ["x", "Select a run, to compare two"],
      ["[ / ]", "Previous, next file or failure"],
    ],
  ],
  [
    "Grid of tests and runs",
    [
      ["Arrows", "Move by a cell; also h j k l"],
      ["n / N", "Next, previous failing cell"],
      ["Home / End", "Oldest, newest run"],
      ["Enter", "Open the result in its run"],
      ["Space / Esc", "Pin the cell, let it go"],
      ["Shift Arrows", "Select cells: what do they share?"],
    ],
  ],
  [
    "Logs and texts",
    [
      ["n / N", "Next, previous match"],
      ["e / E", "Next, previous error"],
      ["Shift T", "Show or hide times"],
      ["Shift click", "Mark a range of lines and link to it"],
    ],
  ],
];

/** A native dialog, opened by its ref. */
export function HelpDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      className="m-auto w-[min(640px,calc(100vw-2rem))] rounded-lg border border-line bg-panel p-0 text-text backdrop:bg-black/40"
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
      <div className="grid gap-6 p-4 sm:grid-cols-2">
        {groups.map(([title, keys]) => (
          <section key={title}>
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
