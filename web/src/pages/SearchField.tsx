// A text filter whose value lives in the address; typing waits a moment before the address changes.
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

const waitMs = 250;

/** A search field; `/` puts the cursor into it. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const [draft, setDraft] = useState(value);
  const [seen, setSeen] = useState(value);
  const [sent, setSent] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  // The address changed by other means (a link, the back button): follow it.
  if (value !== seen) {
    setSeen(value);
    if (value !== sent) {
      setSent(value);
      setDraft(value);
    }
  }
  useEffect(() => () => clearTimeout(timer.current), []);

  function change(next: string, atOnce = false): void {
    setDraft(next);
    clearTimeout(timer.current);
    const tell = () => {
      setSent(next);
      onChange(next);
    };
    if (atOnce) tell();
    else timer.current = setTimeout(tell, waitMs);
  }

  return (
    <label className="relative flex items-center">
      <span className="sr-only">{label}</span>
      <Search aria-hidden size={14} className="pointer-events-none absolute left-2.5 text-faint" />
      <input
        type="search"
        data-search
        value={draft}
        placeholder={label}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") change(draft, true);
        }}
        className="h-8 w-60 rounded-md border border-line bg-panel pr-2 pl-8 text-sm placeholder:text-faint"
      />
    </label>
  );
}
