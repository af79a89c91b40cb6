// The title of the browser tab.
import { useEffect } from "react";
import { visibleName } from "../ui";

/** Names the tab after the page, with nothing hidden in the name. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${visibleName(title)} · Greenroom` : "Greenroom";
  }, [title]);
}
