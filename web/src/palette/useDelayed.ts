// A value that follows another one once that has rested.
import { useEffect, useState } from "react";

/** `value`, after it has not changed for `ms`; emptiness is followed at once. */
export function useDelayed(value: string, ms: number): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return value === "" ? "" : rested;
}
