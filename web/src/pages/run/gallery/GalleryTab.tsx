// Every image of a run at a glance, by folder; what was expected and what came are one picture.
import { getRouteApi } from "@tanstack/react-router";
import clsx from "clsx";
import { ImageOff } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import type { RunDetail } from "../../../api/types";
import { formatCount, plural } from "../../../format";
import { type GallerySize, gallerySizes, type RunSearch } from "../../../search";
import { Button, EmptyState, ErrorState, Skeleton, visibleName } from "../../../ui";
import { SearchField } from "../../SearchField";
import { useAllFiles } from "../useAllFiles";
import { missingSentence } from "../verdict";
import { GalleryRows } from "./GalleryRows";
import { filesOf, groupsOf } from "./groups";

const route = getRouteApi("/runs/$runId");
const Lightbox = lazy(async () => ({ default: (await import("./Lightbox")).Lightbox }));
const sizeNames: Record<GallerySize, string> = { s: "Small", m: "Medium", l: "Large" };

/** The gallery; the picture that is looked at closely stands in the address. */
export function GalleryTab({ run }: { run: RunDetail }) {
  const { q, artifact, size = "m", picture } = route.useSearch();
  const navigate = route.useNavigate();
  const { list, files, total, loadsOn } = useAllFiles(run.id, {
    type: "image",
    ...(q ? { q } : {}),
    ...(artifact ? { artifactId: artifact } : {}),
  });
  const groups = useMemo(() => groupsOf(files), [files]);
  const change = (next: Partial<RunSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }) as never, replace: true, resetScroll: false });
  if (list.isPending) return <Skeleton rows={6} rowHeight={160} label="Loading images" />;
  if (list.isError && files.length === 0) {
    return <ErrorState title="The images could not be loaded" error={list.error} onRetry={() => list.refetch()} />;
  }
  const pictures = groups.flatMap((group) => group.pictures);
  const pairs = pictures.filter(({ kind }) => kind === "pair").length;
  const shown =
    picture === undefined ? undefined : pictures.find((one) => filesOf(one).some(({ id }) => id === picture));
  return (
    <div className="flex flex-col gap-4">
      {(files.length > 0 || q || artifact) && (
        <search className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <SearchField
            label="Search image names"
            value={q ?? ""}
            onChange={(value) => change({ q: value || undefined } as never)}
          />
          <ArtifactChoice run={run} artifact={artifact} onChange={(id) => change({ artifact: id } as never)} />
          <span className="text-sm text-faint" role="status">
            {plural(pictures.length, "picture")}
            {pairs > 0 && `, ${formatCount(pairs)} to compare`}
            {total !== undefined &&
              total > files.length &&
              ` in ${formatCount(files.length)} of ${formatCount(total)} files`}
          </span>
          <SizeChoice size={size} onSize={(next) => change({ size: next === "m" ? undefined : next } as never)} />
        </search>
      )}
      {files.length === 0 && (
        <EmptyState icon={ImageOff} title={q || artifact ? "No image matches these filters" : "No images"}>
          {q || artifact
            ? "Clear a filter above to see more."
            : (missingSentence(run.artifacts) ?? "No artifact of this run holds an image.")}
        </EmptyState>
      )}
      <GalleryRows groups={groups} size={size} />
      {list.hasNextPage && !loadsOn && (
        <div className="text-center">
          <Button onClick={() => list.fetchNextPage()}>{list.isFetchNextPageError ? "Try again" : "Load more"}</Button>
        </div>
      )}
      {shown && (
        <Suspense>
          <Lightbox
            pictures={pictures}
            shown={shown}
            onShow={(fileId) => change({ picture: fileId })}
            onClose={() => change({ picture: undefined, mode: undefined, base: undefined } as never)}
          />
        </Suspense>
      )}
    </div>
  );
}

function ArtifactChoice({
  run,
  artifact,
  onChange,
}: {
  run: RunDetail;
  artifact: number | undefined;
  onChange: (artifact: number | undefined) => void;
}) {
  const holding = run.artifacts.filter((one) => one.fileCount > 0 || one.id === artifact);
  if (holding.length < 2) return null;
  return (
    <select
      aria-label="Artifact"
      value={artifact ?? ""}
      onChange={(event) => onChange(event.target.value ? Number(event.target.value) : undefined)}
      className={clsx(
        "h-8 max-w-60 rounded-md border bg-panel px-2 text-sm",
        artifact ? "border-accent font-medium" : "border-line text-muted",
      )}
    >
      <option value="">Artifact: any</option>
      {holding.map((one) => (
        <option key={one.id} value={one.id}>
          {visibleName(one.name)}
        </option>
      ))}
    </select>
  );
}

function SizeChoice({ size, onSize }: { size: GallerySize; onSize: (size: GallerySize) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws a border of its own.
    <div
      role="group"
      aria-label="Size of pictures"
      className="ml-auto flex rounded-lg border border-line bg-panel p-px"
    >
      {gallerySizes.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={size === one}
          aria-label={sizeNames[one]}
          title={sizeNames[one]}
          onClick={() => onSize(one)}
          className={clsx(
            "h-7 w-8 rounded-md text-sm uppercase",
            size === one ? "bg-raised font-medium text-text" : "text-muted hover:text-text",
          )}
        >
          {one}
        </button>
      ))}
    </div>
  );
}
