// The chosen lines, as the address has them. Choosing lines replaces the address without a new history entry.

import { useCallback, useEffect, useState } from "react";
import { formatLineHash, type LineRange, parseLineHash } from "./lineLink";

/** The lines that the address names, and the function that chooses others. */
export function useLineHash(): [LineRange | null, (range: LineRange) => void] {
  const [range, setRange] = useState(() => parseLineHash(window.location.hash));
  useEffect(() => {
    const read = () => setRange(parseLineHash(window.location.hash));
    window.addEventListener("hashchange", read);
    window.addEventListener("popstate", read);
    return () => {
      window.removeEventListener("hashchange", read);
      window.removeEventListener("popstate", read);
    };
  }, []);
  const choose = useCallback((chosen: LineRange) => {
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, "", `${pathname}${search}${formatLineHash(chosen)}`);
    setRange(chosen);
  }, []);
  return [range, choose];
}
