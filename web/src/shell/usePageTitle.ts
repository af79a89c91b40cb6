// The title of the browser tab.
import { useEffect } from "react";

/** Names the tab after the page. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Greenroom` : "Greenroom";
  }, [title]);
}
