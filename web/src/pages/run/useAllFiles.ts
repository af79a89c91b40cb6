// The files of a run, page after page, up to a number that a browser shows with ease.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { filesQuery } from "../../api/client";
import type { FilesParameters } from "../../api/types";

const enough = 2_000;

/** Loads on by itself up to 2,000 files, beyond that when asked. */
export function useAllFiles(runId: number, filters: FilesParameters = {}, enabled = true) {
  const list = useInfiniteQuery({ ...filesQuery(runId, filters), enabled });
  const files = list.data?.pages.flatMap((page) => page.files) ?? [];
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const loadsOn = hasNextPage && !isFetchNextPageError && files.length < enough;
  useEffect(() => {
    if (loadsOn && !isFetchingNextPage) void fetchNextPage();
  }, [loadsOn, isFetchingNextPage, fetchNextPage]);
  return { list, files, total: list.data?.pages.at(-1)?.total, loadsOn };
}
