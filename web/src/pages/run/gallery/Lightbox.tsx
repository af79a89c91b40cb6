// One picture of the gallery over the page: compared where there is something to compare with, the others below it.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import clsx from "clsx";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { lastGreenQuery } from "../../../api/client";
import type { File } from "../../../api/types";
import { formatCount } from "../../../format";
import { IconButton } from "../../../log/LogToolbar";
import type { RunSearch } from "../../../search";
import { Button, buttonClass, Name, Thumbnail, visibleName } from "../../../ui";
import { ImagePair, type PairMode, pairModeKeys } from "../../../viewers/pair";
import type { Picture } from "../../../viewers/pair/pairs";
import { coverOf, nameOf } from "./groups";

const route = getRouteApi("/runs/$runId");
/** How many neighbours the film strip shows on each side. */
const STRIP_SIDE = 12;

/** The picture `shown` among `pictures`; how it is compared stands in the address. */
export function Lightbox({
  pictures,
  shown,
  onShow,
  onClose,
}: {
  pictures: readonly Picture<File>[];
  shown: Picture<File>;
  onShow: (fileId: string) => void;
  onClose: () => void;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const { mode } = route.useSearch();
  const navigate = route.useNavigate();
  const setMode = (next: PairMode) =>
    void navigate({
      search: (before) => ({ ...before, mode: next }) as RunSearch as never,
      replace: true,
      resetScroll: false,
    });
  const cover = coverOf(shown);
  const index = pictures.indexOf(shown);
  const step = (by: 1 | -1) => {
    const next = pictures[index + by];
    if (next) onShow(coverOf(next).id);
  };
  useEffect(() => {
    // It is closed by leaving the document: an event would ask for the address to change once more.
    if (!ref.current?.open) ref.current?.showModal();
  }, []);
  // Where the reader was goes on being where the reader is.
  useEffect(
    () => () => document.querySelector<HTMLElement>(`[data-picture="${CSS.escape(cover.id)}"]`)?.focus(),
    [cover.id],
  );

  function onKeyDown(event: KeyboardEvent) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = pairModeKeys[event.key];
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (way) setMode(way);
    else return;
    event.preventDefault();
  }

  return (
    <dialog
      ref={ref}
      aria-label={visibleName(nameOf(shown))}
      onKeyDown={onKeyDown}
      onClose={onClose}
      className="m-auto flex h-[96dvh] max-h-none w-[97vw] max-w-none flex-col overflow-hidden rounded-lg border border-line bg-panel text-text backdrop:bg-black/60"
    >
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5">
        <h2 className="min-w-0 truncate font-semibold" title={visibleName(cover.path)}>
          <Name>{nameOf(shown)}</Name>
        </h2>
        <span className="text-sm text-faint">
          {formatCount(index + 1)} of {formatCount(pictures.length)}
        </span>
        <div className="ml-auto flex items-center gap-1">
          <IconButton
            icon={ChevronLeft}
            label="Previous picture"
            shortcut="←"
            disabled={index <= 0}
            onClick={() => step(-1)}
          />
          <IconButton
            icon={ChevronRight}
            label="Next picture"
            shortcut="→"
            disabled={index >= pictures.length - 1}
            onClick={() => step(1)}
          />
          <Link to="/files/$fileId" params={{ fileId: cover.id }} className={buttonClass("quiet")}>
            Open file
          </Link>
          <IconButton icon={X} label="Close" shortcut="Esc" onClick={onClose} />
        </div>
      </header>
      <Compared key={shown.key} picture={shown} mode={mode} onMode={setMode} />
      <Strip pictures={pictures} index={index} onShow={onShow} />
    </dialog>
  );
}

function Compared({
  picture,
  mode,
  onMode,
}: {
  picture: Picture<File>;
  mode: PairMode | undefined;
  onMode: (mode: PairMode) => void;
}) {
  const { base } = route.useSearch();
  const navigate = route.useNavigate();
  const cover = coverOf(picture);
  const { data: green } = useQuery(lastGreenQuery(cover.id));
  const setBase = (next: RunSearch["base"]) =>
    void navigate({ search: (before) => ({ ...before, base: next }) as never, replace: true, resetScroll: false });
  const previous = green?.file?.id;
  const isSingle = picture.kind === "single";
  const ids =
    picture.kind === "pair"
      ? {
          expected: picture.files.expected?.id,
          actual: picture.files.actual?.id,
          diff: picture.files.diff?.id,
          previous: picture.files.previous?.id ?? previous,
        }
      : { actual: cover.id, previous: base === "previous" ? previous : null };
  return (
    <>
      {isSingle && green && (
        <p className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1 text-sm text-muted">
          {green.run ? (
            <>
              {green.file ? "The same picture is in" : "This picture is not in"} the last green run
              <Link to="/runs/$runId" params={{ runId: String(green.run.id) }}>
                #{green.run.runNumber}
              </Link>
              {green.file && (
                <Button
                  variant="quiet"
                  aria-pressed={base === "previous"}
                  onClick={() => setBase(base ? undefined : "previous")}
                >
                  {base === "previous" ? "Show this picture alone" : "Compare with it"}
                </Button>
              )}
            </>
          ) : (
            "There is no green run before this one to compare with."
          )}
        </p>
      )}
      <ImagePair
        label={nameOf(picture)}
        ids={ids}
        mode={mode ?? "diff"}
        onMode={onMode}
        base={base}
        onBase={setBase}
        fill
      />
    </>
  );
}

function Strip({
  pictures,
  index,
  onShow,
}: {
  pictures: readonly Picture<File>[];
  index: number;
  onShow: (fileId: string) => void;
}) {
  const from = Math.max(0, index - STRIP_SIDE);
  return (
    <nav
      aria-label="Pictures of this run"
      className="flex shrink-0 gap-1.5 overflow-x-auto border-t border-line p-2 max-sm:hidden"
    >
      {pictures.slice(from, index + STRIP_SIDE + 1).map((picture, at) => {
        const file = coverOf(picture);
        const isShown = from + at === index;
        return (
          <button
            key={picture.key}
            type="button"
            aria-label={visibleName(nameOf(picture))}
            aria-current={isShown ? "true" : undefined}
            title={visibleName(file.path)}
            onClick={() => onShow(file.id)}
            className={clsx(
              "h-12 w-16 shrink-0 overflow-hidden rounded border bg-bg",
              isShown ? "border-accent ring-1 ring-accent" : "border-line",
            )}
          >
            <Thumbnail src={file.url} mediaType={file.mediaType} sizes="64px" className="size-full" cover />
          </button>
        );
      })}
    </nav>
  );
}
