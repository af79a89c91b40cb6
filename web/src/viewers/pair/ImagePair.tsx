// Pictures of one thing side by side or on each other: what was expected, what came, and how they differ.
import "./pair.css";
import clsx from "clsx";
import { ChevronLeft, ChevronRight, Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { useState } from "react";
import { formatCount, plural } from "../../format";
import { IconButton } from "../../log/LogToolbar";
import { buttonClass, ErrorState, Skeleton, visibleName } from "../../ui";
import { MAX_COMPARED_PIXELS, type PixelSize } from "./header";
import { ModePanes } from "./ModePanes";
import { type PairBase, type PairMode, pairModeKeys, pairModeLabels, pairModes } from "./modes";
import { contentUrl, type Probe, useImageSizes } from "./useImageSizes";
import { usePixelDiff } from "./usePixelDiff";
import { type PairView, scaleOf, viewOfBox, WHOLE, zoomedTo } from "./view";

/** Ids of the files that are compared; whatever of them there is. */
export interface PairIds {
  expected?: string | null | undefined;
  actual?: string | null | undefined;
  /** How they differ, as the test tool drew it. */
  diff?: string | null | undefined;
  /** The same picture in the last green run. */
  previous?: string | null | undefined;
}

interface PairProps {
  /** What the pictures show, for their names. */
  label: string;
  ids: PairIds;
  /** The way to compare; callers keep it, in the address. Their keys for it are in `pairModeKeys`. */
  mode: PairMode;
  onMode: (mode: PairMode) => void;
  /** What is compared with; the callers may keep it too. */
  base?: PairBase | undefined;
  onBase?: (base: PairBase) => void;
  /** Whether the panes take the height they are given; else it follows from the pictures. */
  fill?: boolean;
}

/** What the panes draw, once it is known that all of it may be decoded. */
export interface Sides {
  /** The picture the actual one is held against, if there is one. */
  base: { id: string; name: string } | null;
  actual: { id: string; name: string } | null;
  /** The difference as a file. */
  diff: string | null;
}

/** The comparison. */
export function ImagePair(props: PairProps) {
  const { ids } = props;
  const label = visibleName(props.label);
  const known = [...new Set([ids.expected, ids.actual, ids.diff, ids.previous].filter((id) => id != null))];
  const probes = useImageSizes(known);
  const failed = probes.find((probe) => probe.state === "failed");
  if (failed)
    return <ErrorState title="These pictures could not be loaded" error={failed.error} onRetry={failed.retry} />;
  const tooLarge = probes.findIndex((probe) => probe.state === "tooLarge");
  if (tooLarge >= 0) return <TooLarge probe={probes[tooLarge]} fileId={known[tooLarge] ?? ""} />;
  if (probes.some((probe) => probe.state === "asking")) {
    return <Skeleton rows={6} rowHeight={40} label={`Loading the pictures of ${label}`} />;
  }
  const sizes = new Map(known.map((id, at) => [id, sizeOf(probes[at])]));
  return <Comparison key={known.join(" ")} {...props} label={label} sizes={sizes} />;
}

function sizeOf(probe: Probe | undefined): PixelSize | null {
  return probe?.state === "fine" ? probe.size : null;
}

function TooLarge({ probe, fileId }: { probe: Probe | undefined; fileId: string }) {
  const size = probe?.state === "tooLarge" ? probe.size : null;
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <p className="text-lg font-medium">Too large to be shown</p>
      <p className="max-w-xl text-muted">
        {size && `The picture says it has ${formatCount(size.width)} × ${formatCount(size.height)} pixels. `}
        Decoding it could take this page down; it can still be downloaded.
      </p>
      <a href={`${contentUrl(fileId)}?download=1`} download className={buttonClass()}>
        Download
      </a>
    </div>
  );
}

/** What is compared with what, after the reader's choice and what there is. */
export function sidesOf(ids: PairIds, chosen: PairBase | undefined): Sides {
  const previous = ids.previous && (chosen === "previous" || !ids.expected) ? ids.previous : null;
  const expected = previous ? null : (ids.expected ?? null);
  return {
    base: previous ? { id: previous, name: "Last green" } : expected ? { id: expected, name: "Expected" } : null,
    actual: ids.actual ? { id: ids.actual, name: previous || expected || ids.diff ? "Actual" : "Picture" } : null,
    diff: previous ? null : (ids.diff ?? null),
  };
}

function Comparison({
  label,
  ids,
  mode,
  onMode,
  base,
  onBase,
  fill = false,
  sizes,
}: PairProps & { sizes: ReadonlyMap<string, PixelSize | null> }) {
  const [ownBase, setOwnBase] = useState<PairBase | undefined>();
  const [view, setView] = useState<PairView>(WHOLE);
  const [pane, setPane] = useState<PixelSize>({ width: 0, height: 0 });
  const [drawn, setDrawn] = useState<ReadonlyMap<string, PixelSize>>(new Map());
  const [box, setBox] = useState<number | null>(null);
  const chosen = base ?? ownBase;
  const sides = sidesOf(ids, chosen);
  const sized = (id: string | undefined) => (id === undefined ? null : (drawn.get(id) ?? sizes.get(id) ?? null));
  const own = [sized(sides.base?.id), sized(sides.actual?.id), sized(sides.diff ?? undefined)].filter(
    (size) => size !== null,
  );
  const size = {
    width: Math.max(1, ...own.map(({ width }) => width)),
    height: Math.max(1, ...own.map(({ height }) => height)),
  };
  const isComparable = [sides.base?.id, sides.actual?.id].every((id) => fits(sized(id)));
  const diff = usePixelDiff(
    isComparable && sides.base ? contentUrl(sides.base.id) : null,
    isComparable && sides.actual ? contentUrl(sides.actual.id) : null,
  );
  const boxes = diff.data?.boxes ?? [];

  function toBox(by: 1 | -1) {
    const next = box === null ? (by === 1 ? 0 : boxes.length - 1) : (box + by + boxes.length) % boxes.length;
    const target = boxes[next];
    if (!target) return;
    setBox(next);
    setView(viewOfBox(target, size, pane));
  }
  const zoom = (factor: number) => setView(zoomedTo(view, scaleOf(view, size, pane) * factor, size, pane));
  const isPair = sides.base !== null && sides.actual !== null;

  return (
    <section
      aria-label={`Comparison of ${visibleName(label)}`}
      className={clsx("flex min-w-0 flex-col", fill && "min-h-0 flex-1")}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-2 py-1">
        {isPair || sides.diff ? (
          <ModeChoice mode={mode} onMode={onMode} isPair={isPair} />
        ) : (
          <span className="px-1 text-sm text-muted">{sides.base && "There is no actual picture"}</span>
        )}
        {ids.expected && ids.previous && ids.actual && (
          <BaseChoice base={chosen ?? "expected"} onBase={(next) => (onBase ?? setOwnBase)(next)} />
        )}
        <div className="ml-auto flex items-center gap-0.5">
          {boxes.length > 0 && (
            <>
              <IconButton icon={ChevronLeft} label="Previous changed area" onClick={() => toBox(-1)} />
              <span className="text-sm whitespace-nowrap text-muted" aria-live="polite">
                {box === null ? plural(boxes.length, "area") : `Area ${box + 1} of ${boxes.length}`}
              </span>
              <IconButton icon={ChevronRight} label="Next changed area" onClick={() => toBox(1)} />
            </>
          )}
          <IconButton icon={ZoomOut} label="Zoom out" onClick={() => zoom(1 / 1.5)} />
          <IconButton icon={ZoomIn} label="Zoom in" onClick={() => zoom(1.5)} />
          <IconButton icon={Maximize} label="Fit" pressed={view.zoom === "fit"} onClick={() => setView(WHOLE)} />
        </div>
      </div>
      <Findings sides={sides} diff={diff} isComparable={isComparable} sized={sized} />
      <ModePanes
        mode={isPair || sides.diff ? (isPair ? mode : "diff") : "side"}
        sides={sides}
        shared={{ size, view, onView: setView }}
        diff={diff.data ?? null}
        box={box}
        fill={fill}
        label={label}
        sized={sized}
        onPane={setPane}
        onSize={(id, next) => setDrawn((before) => new Map(before).set(id, next))}
      />
    </section>
  );
}

function fits(size: PixelSize | null): boolean {
  return size === null || size.width * size.height <= MAX_COMPARED_PIXELS;
}

const segment = (pressed: boolean) =>
  clsx(
    "inline-flex h-7 items-center rounded-md px-2 text-sm whitespace-nowrap",
    pressed ? "bg-raised font-medium text-text" : "text-muted hover:text-text disabled:opacity-40",
  );

function ModeChoice({ mode, onMode, isPair }: { mode: PairMode; onMode: (mode: PairMode) => void; isPair: boolean }) {
  const keyOf = (of: PairMode) => Object.entries(pairModeKeys).find(([, one]) => one === of)?.[0];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws a border of its own.
    <div role="group" aria-label="Way to compare" className="flex flex-wrap rounded-lg border border-line p-px">
      {pairModes.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={mode === one}
          disabled={!isPair && one !== "diff"}
          title={isPair ? `${pairModeLabels[one]} (${keyOf(one)})` : "Only the difference was kept"}
          onClick={() => onMode(one)}
          className={segment(mode === one)}
        >
          {pairModeLabels[one]}
        </button>
      ))}
    </div>
  );
}

function BaseChoice({ base, onBase }: { base: PairBase; onBase: (base: PairBase) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws a border of its own.
    <div role="group" aria-label="Compare with" className="flex rounded-lg border border-line p-px">
      {(["expected", "previous"] as const).map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={base === one}
          onClick={() => onBase(one)}
          className={segment(base === one)}
        >
          {one === "expected" ? "Expected" : "Last green"}
        </button>
      ))}
    </div>
  );
}

/** What the comparison found, in words: it is read where the colours are not. */
function Findings({
  sides,
  diff,
  isComparable,
  sized,
}: {
  sides: Sides;
  diff: ReturnType<typeof usePixelDiff>;
  isComparable: boolean;
  sized: (id: string | undefined) => PixelSize | null;
}) {
  if (!sides.base || !sides.actual) return null;
  const before = sized(sides.base.id);
  const after = sized(sides.actual.id);
  const mismatch = before && after && (before.width !== after.width || before.height !== after.height);
  return (
    <p role="status" className="min-h-7 border-b border-line px-3 py-1 text-sm text-muted">
      {mismatch && (
        <span className="font-medium text-flaky-text">
          The sizes differ: {before.width} × {before.height} {sides.base.name.toLowerCase()}, {after.width} ×{" "}
          {after.height} actual.{" "}
        </span>
      )}
      {!isComparable
        ? "There are too many pixels to compare them one by one."
        : diff.data
          ? changeSentence(diff.data.changed, diff.data.width * diff.data.height, diff.data.boxes.length)
          : diff.error
            ? `The pixels could not be compared: ${diff.error.message}.`
            : "Comparing the pixels …"}
    </p>
  );
}

/** "1,284 px changed (0.12 %) in 3 areas". */
export function changeSentence(changed: number, total: number, areas: number): string {
  if (changed === 0) return "No visible difference: every pixel is the same or nearly so.";
  const share = (changed / total) * 100;
  const percent = share < 0.01 ? "less than 0.01" : share.toLocaleString("en", { maximumFractionDigits: 2 });
  return `${formatCount(changed)} px changed (${percent} %) in ${plural(areas, "area")}`;
}
