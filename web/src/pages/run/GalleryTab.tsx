// Every image of a run at a glance.
import { getRouteApi, Link } from "@tanstack/react-router";
import { ImageOff } from "lucide-react";
import type { File, RunDetail } from "../../api/types";
import { formatCount } from "../../format";
import { Button, Bytes, EmptyState, ErrorState, Name, Skeleton, Thumbnail, visibleName } from "../../ui";
import { SearchField } from "../SearchField";
import { useAllFiles } from "./useAllFiles";
import { missingSentence } from "./verdict";

const route = getRouteApi("/runs/$runId");

/** Images grouped by artifact; each leads to its viewer. */
export function GalleryTab({ run }: { run: RunDetail }) {
  const { q, artifact } = route.useSearch();
  const navigate = route.useNavigate();
  const { list, files, total, loadsOn } = useAllFiles(run.id, {
    type: "image",
    ...(q ? { q } : {}),
    ...(artifact ? { artifactId: artifact } : {}),
  });
  if (list.isPending) return <Skeleton rows={6} rowHeight={80} label="Loading images" />;
  if (list.isError && files.length === 0) {
    return <ErrorState title="The images could not be loaded" error={list.error} onRetry={() => list.refetch()} />;
  }
  return (
    <div className="flex flex-col gap-4">
      {(files.length > 0 || q) && (
        <div className="flex flex-wrap items-center gap-3">
          <SearchField
            label="Search image names"
            value={q ?? ""}
            onChange={(value) =>
              navigate({
                search: (previous) => ({ ...previous, q: value || undefined }) as never,
                replace: true,
                resetScroll: false,
              })
            }
          />
          <span className="text-sm text-faint">
            {formatCount(files.length)} of {formatCount(total ?? files.length)}
          </span>
        </div>
      )}
      {files.length === 0 && (
        <EmptyState icon={ImageOff} title={q ? "No image matches this search" : "No images"}>
          {!q && (missingSentence(run.artifacts) ?? "No artifact of this run holds an image.")}
        </EmptyState>
      )}
      {byArtifact(files).map(([name, images]) => (
        <section key={images[0]?.artifactId} aria-label={visibleName(name)}>
          <h2 className="mb-2 font-semibold">
            <Name>{name}</Name> <span className="font-normal text-faint">{images.length}</span>
          </h2>
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(190px,1fr))] gap-3">
            {images.map((image) => (
              <li key={image.id}>
                <Tile image={image} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {list.hasNextPage && !loadsOn && (
        <div className="text-center">
          <Button onClick={() => list.fetchNextPage()}>Load more</Button>
        </div>
      )}
    </div>
  );
}

/** Images under the name of their artifact, in the order they came. */
export function byArtifact(files: File[]): [name: string, files: File[]][] {
  const groups = new Map<number, [string, File[]]>();
  for (const file of files) {
    const group = groups.get(file.artifactId);
    if (group) group[1].push(file);
    else groups.set(file.artifactId, [file.artifactName, [file]]);
  }
  return [...groups.values()];
}

function Tile({ image }: { image: File }) {
  // The folder tells apart what browsers and screens of one name show.
  const name = image.path.split("/").slice(-2).join("/");
  return (
    <Link
      to="/files/$fileId"
      params={{ fileId: image.id }}
      data-row
      className="block overflow-hidden rounded-lg border border-line bg-panel hover:border-accent hover:no-underline"
    >
      <Thumbnail src={image.url} />
      <span className="flex items-center gap-2 px-2.5 py-1.5 text-sm">
        <span className="truncate" title={image.path}>
          <Name>{name}</Name>
        </span>
        <span className="ml-auto shrink-0 text-faint">
          <Bytes bytes={image.sizeBytes} />
        </span>
      </span>
    </Link>
  );
}
