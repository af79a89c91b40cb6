// The whole text of a file, for viewers that need all of it at once.

import { useQuery } from "@tanstack/react-query";
import type { File } from "../api/types";
import { readWhole } from "../log/source";

/** Reads the content of `file` as text; its bytes never change, so it is asked once. */
export function useFileText(file: File) {
  return useQuery({
    queryKey: ["file", file.id, "text"],
    queryFn: async ({ signal }) => {
      const chunks: BlobPart[] = [];
      const fits = await readWhole(file.url, file.sizeBytes, signal, (chunk) => chunks.push(chunk.slice()));
      if (!fits) throw new Error("The file is larger than its listing says.");
      return new Blob(chunks).text();
    },
    staleTime: Number.POSITIVE_INFINITY,
    // A large text is not kept once nobody looks at it.
    gcTime: 0,
  });
}
