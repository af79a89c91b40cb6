// The pair an image file belongs to; how it is compared stands in the address of the file page.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lastGreenQuery } from "../../api/client";
import type { File } from "../../api/types";
import { usePageKeys } from "../../pageKeys";
import type { FileSearch } from "../../search";
import { FilmStrip } from "../image/FilmStrip";
import { ImagePair } from "../pair";
import { pairModeKeys, pairModeLabels } from "../pair/modes";
import { pairOf } from "../pair/pairs";
import { ViewerFrame } from "../viewerFrame";

const route = getRouteApi("/files/$fileId");

/** The comparison that `file` takes part in. */
export function CompareView({ file, siblings }: { file: File; siblings: File[] }) {
  const { mode = "diff", base } = route.useSearch();
  const navigate = route.useNavigate();
  const pair = pairOf(file, siblings);
  const change = (next: Partial<FileSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  usePageKeys(
    "Comparison",
    Object.entries(pairModeKeys).map(([key, of]) => ({
      keys: [key],
      label: pairModeLabels[of],
      run: () => change({ mode: of }),
    })),
  );
  const { data: green } = useQuery(lastGreenQuery(pair?.files.actual?.id ?? file.id));
  if (!pair) return null;
  const { expected, actual, diff, previous } = pair.files;
  return (
    <ViewerFrame label={pair.name}>
      <ImagePair
        label={pair.name}
        ids={{ expected: expected?.id, actual: actual?.id, diff: diff?.id, previous: previous?.id ?? green?.file?.id }}
        mode={mode}
        onMode={(next) => change({ mode: next })}
        base={base}
        onBase={(next) => change({ base: next })}
        fill
      />
      <FilmStrip file={file} images={siblings.filter(({ type }) => type === "image")} />
    </ViewerFrame>
  );
}
