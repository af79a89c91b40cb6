// Connects the keys of keyboard.ts with the router, the queries and the help sheet.
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type RefObject, useEffect, useRef } from "react";
import {
  actionOf,
  expandRow,
  focusSearch,
  followSibling,
  isTyping,
  type KeyAction,
  moveRow,
  openOnGitHub,
  openRow,
} from "../keyboard";
import { copyText } from "../log/clipboard";
import { singleKeysAreOn } from "../pageKeys";
import { toggleTheme } from "../preferences";
import { showToast } from "../toast";

const prefixMs = 1_200;

/** Listens for the shortcuts as long as the shell is shown. */
export function useShortcuts(help: RefObject<HTMLDialogElement | null>): void {
  const router = useRouter();
  const queries = useQueryClient();
  const prefixAt = useRef(0);

  useEffect(() => {
    function act(action: KeyAction): boolean {
      switch (action.kind) {
        case "prefix":
          prefixAt.current = Date.now();
          return true;
        case "go":
          void router.navigate({ to: action.to });
          return true;
        case "move":
          return moveRow(action.by);
        case "sibling":
          return followSibling(action.which);
        case "search":
          return focusSearch();
        case "refresh":
          void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "file" });
          showToast("View refreshed");
          return true;
        case "theme":
          toggleTheme();
          return true;
        case "open":
          return openRow();
        case "expand":
          return expandRow();
        case "github":
          return openOnGitHub();
        case "permalink":
          void copyText(window.location.href).then((done) =>
            done
              ? showToast("Link to this view copied")
              : showToast("The browser did not let the link be copied", "fail"),
          );
          return true;
        case "help":
          help.current?.showModal();
          return true;
      }
    }

    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape" && event.target instanceof HTMLInputElement) event.target.blur();
      if (isTyping(event.target) || (!singleKeysAreOn() && event.key.length === 1)) return;
      const action = actionOf(event.key, Date.now() - prefixAt.current < prefixMs);
      prefixAt.current = 0;
      if (action && act(action)) event.preventDefault();
    }

    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [router, queries, help]);
}
