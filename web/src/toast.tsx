// Short messages that come up, are read out, and go.
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";

interface Toast {
  id: number;
  tone: "plain" | "fail";
  text: string;
}

const stayMs = 8_000;
let toasts: Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: Toast[]): void {
  toasts = next;
  for (const tell of listeners) tell();
}

/** Shows a message; one that tells of a failure stays until it is closed. */
export function showToast(text: string, tone: Toast["tone"] = "plain"): void {
  const id = ++lastId;
  set([...toasts.slice(-2), { id, tone, text }]);
  if (tone === "plain") setTimeout(() => closeToast(id), stayMs);
}

function closeToast(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

/** The corner in which messages appear. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div
      role="status"
      aria-live="polite"
      className="fixed right-4 bottom-4 z-40 flex max-w-[calc(100vw-2rem)] flex-col gap-2"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className={`flex items-start gap-2 rounded-lg border px-3 py-2 shadow-lg ${
            toast.tone === "fail" ? "border-fail bg-fail-soft text-fail-text" : "border-line bg-panel"
          }`}
        >
          <span className="max-w-md break-words">{toast.text}</span>
          <button
            type="button"
            aria-label="Close message"
            className="-mr-1 inline-flex size-6 shrink-0 items-center justify-center rounded hover:bg-raised"
            onClick={() => closeToast(toast.id)}
          >
            <X aria-hidden size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
