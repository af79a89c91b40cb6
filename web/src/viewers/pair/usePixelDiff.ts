// Asks a worker how two pictures differ.
import { useQuery } from "@tanstack/react-query";
import type { Compared } from "./compare";

/** The two addresses to compare. */
export interface CompareQuestion {
  expectedUrl: string;
  actualUrl: string;
}

/** How two pictures differ, with the difference as a picture. */
export type PixelDiff = Omit<Compared, "drawn"> & { picture: ImageBitmap };

/** What the worker says. */
export type CompareAnswer = { found: PixelDiff } | { problem: string };

/** The difference of two pictures, both named and found small enough; nothing is asked while one is null. */
export function usePixelDiff(expectedUrl: string | null, actualUrl: string | null) {
  return useQuery({
    queryKey: ["pixel-diff", expectedUrl, actualUrl],
    queryFn: ({ signal }) => askWorker({ expectedUrl: expectedUrl ?? "", actualUrl: actualUrl ?? "" }, signal),
    enabled: expectedUrl !== null && actualUrl !== null,
    staleTime: Number.POSITIVE_INFINITY,
    // The picture takes memory that only a view of it is worth.
    gcTime: 30_000,
    retry: false,
    structuralSharing: false,
  });
}

function askWorker(question: CompareQuestion, signal: AbortSignal): Promise<PixelDiff> {
  const worker = new Worker(new URL("./compare.worker.ts", import.meta.url), { type: "module" });
  return new Promise<PixelDiff>((found, failed) => {
    signal.addEventListener("abort", () => failed(new DOMException("no longer wanted", "AbortError")), { once: true });
    worker.onerror = () => failed(new Error("the comparison could not be started"));
    worker.onmessage = ({ data }: MessageEvent<CompareAnswer>) =>
      "found" in data ? found(data.found) : failed(new Error(data.problem));
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}
