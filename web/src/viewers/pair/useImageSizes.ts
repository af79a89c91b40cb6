// How large pictures are before anything decodes them.
import { useQueries } from "@tanstack/react-query";
import { HEADER_BYTES, MAX_SHOWN_PIXELS, type PixelSize, sizeInHeader } from "./header";

/** What is known of a picture that was asked about. */
export type Probe =
  | { state: "asking" }
  | { state: "failed"; error: unknown; retry: () => void }
  | { state: "tooLarge"; size: PixelSize }
  /** The size is null where only the browser can tell it. */
  | { state: "fine"; size: PixelSize | null };

/** Where the bytes of a file are. */
export const contentUrl = (fileId: string) => `/api/files/${encodeURIComponent(fileId)}/content`;

async function readSize(fileId: string, signal: AbortSignal): Promise<PixelSize | null> {
  // JPEG may keep a preview of itself before its size.
  for (const length of [HEADER_BYTES, 16 * HEADER_BYTES]) {
    const answer = await fetch(contentUrl(fileId), { headers: { range: `bytes=0-${length - 1}` }, signal });
    if (!answer.ok) throw new Error(`The server answered with status ${answer.status}.`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const size = sizeInHeader(bytes);
    if (size || bytes.length < length || bytes[0] !== 0xff) return size;
  }
  return null;
}

/** One probe for each file, in their order. */
export function useImageSizes(fileIds: readonly string[]): Probe[] {
  return useQueries({
    queries: fileIds.map((id) => ({
      queryKey: ["file", id, "size"],
      queryFn: ({ signal }: { signal: AbortSignal }) => readSize(id, signal),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (answers) =>
      answers.map(({ data, error, refetch }): Probe => {
        if (data === undefined)
          return error ? { state: "failed", error, retry: () => void refetch() } : { state: "asking" };
        if (data && data.width * data.height > MAX_SHOWN_PIXELS) return { state: "tooLarge", size: data };
        return { state: "fine", size: data };
      }),
  });
}
