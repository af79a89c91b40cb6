// Pictures that both runs have and that are not the same, held against each other.
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { ComparedFile, FileComparison } from "../../api/types";
import { formatCount } from "../../format";
import { Button, Name, Panel, Skeleton } from "../../ui";
import { thumbnailSources } from "../../ui/Thumbnail";
import type { PairMode } from "../../viewers/pair/modes";
import { roleOf } from "../../viewers/pair/pairs";

const route = getRouteApi("/runs/$runId");
const ImagePair = lazy(async () => ({ default: (await import("../../viewers/pair")).ImagePair }));
const atFirst = 12;

/** Changed pictures; of one comparison made by a test only the actual one, the rest follows from it. */
export function changedPictures(files: ComparedFile[]): ComparedFile[] {
  return files.filter((file) => {
    if (file.baseId === null || file.headId === null || !/\.(png|jpe?g|gif|webp|avif|bmp)$/i.test(file.path))
      return false;
    const role = roleOf(file.path)?.role;
    return role === undefined || role === "actual";
  });
}

/** The panel; nothing where no picture changed. */
export function ComparedPictures({ files }: { files: FileComparison }) {
  const pictures = changedPictures(files.changed.files);
  const [shown, setShown] = useState(atFirst);
  if (pictures.length === 0) return null;
  return (
    <Panel title="Pictures" count={formatCount(pictures.length)} aside="In both runs, and not the same">
      <ul>
        {pictures.slice(0, shown).map((picture) => (
          <PictureRow key={`${picture.artifactName} ${picture.path}`} picture={picture} />
        ))}
      </ul>
      {pictures.length > shown && (
        <div className="border-t border-line p-3 text-center">
          <Button onClick={() => setShown(shown + atFirst * 2)}>Show more</Button>
        </div>
      )}
    </Panel>
  );
}

function PictureRow({ picture }: { picture: ComparedFile }) {
  const { mode = "side" } = route.useSearch();
  const navigate = route.useNavigate();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        data-row
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        className="flex min-h-9 w-full items-center gap-3 px-4 py-1 text-left hover:bg-raised/60"
      >
        <img
          {...thumbnailSources(`/api/files/${picture.headId}/content`)}
          alt=""
          loading="lazy"
          decoding="async"
          className="h-10 w-14 shrink-0 rounded border border-line object-cover object-top"
        />
        <span className="min-w-0 flex-1 text-sm break-all">
          <span className="text-faint">
            <Name>{picture.artifactName}</Name> /{" "}
          </span>
          <Name>{picture.path}</Name>
        </span>
        <span className="text-sm text-faint">{isOpen ? "Close" : "Compare"}</span>
      </button>
      {isOpen && (
        <Suspense fallback={<Skeleton rows={6} rowHeight={40} label="Loading the comparison" />}>
          <ImagePair
            label={picture.path}
            ids={{ previous: picture.baseId, actual: picture.headId }}
            mode={mode}
            onMode={(next: PairMode) =>
              void navigate({
                search: (previous) => ({ ...previous, mode: next }),
                replace: true,
                resetScroll: false,
              })
            }
          />
        </Suspense>
      )}
    </li>
  );
}
