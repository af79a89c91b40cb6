// The way into the palette: a field-like button in the header, an icon on phones, and the key chord. The palette itself
// comes with its first use.
import { Search } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";

const load = () => import("../palette/Palette");
const Palette = lazy(async () => ({ default: (await load()).Palette }));

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** The keys that open the palette, as the reader's keyboard names them. */
export const paletteKeys = isApple ? "⌘K" : "Ctrl K";

/** The button, and the palette while it is open. */
export function SearchButton() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen(true);
      }
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <button
        type="button"
        aria-keyshortcuts="Control+K Meta+K"
        aria-haspopup="dialog"
        title={`Search (${paletteKeys})`}
        onClick={() => setOpen(true)}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        className="inline-flex h-8 items-center gap-2 rounded-md text-sm text-faint hover:text-text max-xl:w-8 max-xl:justify-center max-xl:hover:bg-raised xl:w-64 xl:border xl:border-line xl:bg-bg xl:px-2.5"
      >
        <Search aria-hidden size={16} className="shrink-0" />
        <span className="truncate text-left max-xl:sr-only xl:flex-1">Search tests, runs, files</span>
        <kbd aria-hidden className="hidden rounded border border-line bg-panel px-1 font-mono text-xs xl:inline">
          {paletteKeys}
        </kbd>
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
