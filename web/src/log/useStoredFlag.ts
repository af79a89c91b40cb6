// A preference of the reader that outlives the page, such as wrapping.

import { useCallback, useState } from "react";

function read(key: string, otherwise: boolean): boolean {
  try {
    const stored = localStorage.getItem(key);
    return stored === null ? otherwise : stored === "true";
  } catch {
    // Storage can be forbidden; then the preference lasts as long as the page.
    return otherwise;
  }
}

/** A flag and the function that turns it over. */
export function useStoredFlag(key: string, otherwise: boolean): [boolean, () => void] {
  const [flag, setFlag] = useState(() => read(key, otherwise));
  const toggle = useCallback(() => {
    setFlag((before) => {
      try {
        localStorage.setItem(key, String(!before));
      } catch {}
      return !before;
    });
  }, [key]);
  return [flag, toggle];
}
