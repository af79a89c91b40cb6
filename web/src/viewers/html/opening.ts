// Remembers which page is being opened. A page that never ends may, where the browser gives it no process of its own,
// stop the application as well; when the reader comes back, it is not opened again by itself.

const KEY = "greenroom.opening";
/** A page that has been shown for this long stops nobody. */
const SETTLED_MS = 3_000;

/** Whether the application was stopped, in this tab, while it opened that file. */
export function stoppedAt(fileId: string): boolean {
  try {
    return sessionStorage.getItem(KEY) === fileId;
  } catch {
    return false;
  }
}

function remember(fileId: string | null): void {
  try {
    if (fileId === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, fileId);
  } catch {
    // Without storage nothing is remembered.
  }
}

/** What is to be told while a file is open. */
export interface Opening {
  /** It has loaded. */
  loaded(): void;
  /** It is no longer shown. */
  closed(): void;
}

/** Begins to open a file. Whatever this page can still do itself, leaving included, proves that it was not stopped. */
export function open(fileId: string): Opening {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const forget = () => remember(null);
  remember(fileId);
  window.addEventListener("pagehide", forget);
  return {
    loaded() {
      timer ??= setTimeout(forget, SETTLED_MS);
    },
    closed() {
      clearTimeout(timer);
      window.removeEventListener("pagehide", forget);
      forget();
    },
  };
}
