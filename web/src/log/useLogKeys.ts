// Connects the keys of keys.ts with the log view.

import { type RefObject, useEffect, useRef } from "react";
import { type LogAction, logActionOf } from "./keys";

const G_PREFIX_MS = 1_200;

/** Hears the keys of the log before the shell does, while the focus is in the view or nowhere. */
export function useLogKeys(viewRef: RefObject<HTMLElement | null>, act: (action: LogAction) => void): void {
  const actRef = useRef(act);
  actRef.current = act;
  useEffect(() => {
    let pressedGAt = 0;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const inView = target === document.body || (target !== null && viewRef.current?.contains(target));
      const typing = target?.matches("input, textarea, select, [contenteditable=true]");
      if (!inView || typing || document.querySelector("dialog[open]")) return;
      const action = logActionOf(event, Date.now() - pressedGAt < G_PREFIX_MS);
      pressedGAt = event.key === "g" ? Date.now() : 0;
      if (!action) return;
      event.preventDefault();
      actRef.current(action);
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [viewRef]);
}
