// The pictures in rows; of thousands only those on view are in the document. Arrow keys move, Enter opens.
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import clsx from "clsx";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import type { File } from "../../../api/types";
import { formatCount } from "../../../format";
import type { GallerySize } from "../../../search";
import { Badge, Bytes, Name, Thumbnail, visibleName } from "../../../ui";
import type { Picture } from "../../../viewers/pair/pairs";
import { coverOf, type GalleryRow, nameOf, neighbourOf, type PictureGroup, rowsOf } from "./groups";

const GAP_PX = 12;
const HEAD_PX = 40;
const CAPTION_PX = 31;
const shapes: Record<GallerySize, { width: number; height: number; box: string }> = {
  s: { width: 130, height: 84, box: "h-[84px]" },
  m: { width: 172, height: 130, box: "h-[130px]" },
  l: { width: 340, height: 240, box: "h-[240px]" },
};

/** The rows; each picture leads to itself over the page. */
export function GalleryRows({ groups, size }: { groups: PictureGroup[]; size: GallerySize }) {
  const ref = useRef<HTMLDivElement>(null);
  const { width, top } = usePlace(ref);
  const shape = shapes[size];
  const columns = Math.max(1, Math.floor((width + GAP_PX) / (shape.width + GAP_PX)));
  const rows = rowsOf(groups, columns);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.kind === "head" ? HEAD_PX : shape.height + CAPTION_PX + GAP_PX + 2),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 4,
    scrollMargin: top,
  });

  function onKeyDown(event: KeyboardEvent) {
    const at = event.target instanceof HTMLElement ? event.target.dataset.picture : undefined;
    if (at === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbourOf(rows, at, event.key);
    if (!next) return;
    event.preventDefault();
    const id = coverOf(next).id;
    const row = rows.findIndex((one) => one.kind === "tiles" && one.pictures.includes(next));
    virtual.scrollToIndex(row, { align: "auto" });
    focusPicture(ref.current, id);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside have the focus; this moves it.
    <div ref={ref} className="relative" style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
      {virtual.getVirtualItems().map((item) => {
        const row = rows[item.index];
        return (
          row && (
            <div
              key={item.key}
              className="absolute top-0 left-0 w-full"
              style={{ transform: `translateY(${item.start - top}px)` }}
            >
              <Row row={row} columns={columns} box={shape.box} width={shape.width} />
            </div>
          )
        );
      })}
    </div>
  );
}

/** The picture may have to come on view first. */
function focusPicture(inside: HTMLElement | null, fileId: string, tries = 5): void {
  const found = inside?.querySelector<HTMLElement>(`[data-picture="${CSS.escape(fileId)}"]`);
  if (found) found.focus();
  else if (tries > 0) requestAnimationFrame(() => focusPicture(inside, fileId, tries - 1));
}

function usePlace(ref: { readonly current: HTMLElement | null }): { width: number; top: number } {
  const [place, setPlace] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () =>
      setPlace({
        width: element.clientWidth,
        top: Math.round(element.getBoundingClientRect().top + window.scrollY),
      });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [ref]);
  return place;
}

function Row({ row, columns, box, width }: { row: GalleryRow; columns: number; box: string; width: number }) {
  if (row.kind === "head") {
    const { artifact, folder, pictures } = row.group;
    return (
      <h2 className="flex h-10 items-center gap-2 font-semibold">
        <span className="min-w-0 truncate" title={visibleName(`${artifact} / ${folder}`)}>
          <Name>{artifact}</Name>
          {folder && (
            <span className="font-normal text-muted">
              {" / "}
              <Name>{folder}</Name>
            </span>
          )}
        </span>
        <span className="font-normal text-faint">{formatCount(pictures.length)}</span>
      </h2>
    );
  }
  return (
    <ul className="grid gap-3" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {row.pictures.map((picture) => (
        <li key={picture.key}>
          <Tile picture={picture} box={box} width={width} />
        </li>
      ))}
    </ul>
  );
}

function Tile({ picture, box, width }: { picture: Picture<File>; box: string; width: number }) {
  const cover = coverOf(picture);
  const sides =
    picture.kind === "pair" ? [picture.files.expected ?? picture.files.previous, picture.files.actual] : [cover];
  const shown = sides.filter((one) => one !== undefined);
  const isPair = picture.kind === "pair";
  return (
    <Link
      to="."
      search={(before) => ({ ...before, picture: cover.id }) as never}
      resetScroll={false}
      data-row
      data-picture={cover.id}
      className="block w-full overflow-hidden rounded-lg border border-line bg-panel text-left hover:border-accent hover:no-underline"
    >
      <span className={clsx("flex border-b border-line", box)}>
        {(shown.length > 0 ? shown : [cover]).map((file, at) => (
          <Thumbnail
            key={file.id}
            src={file.url}
            mediaType={file.mediaType}
            sizes={`${Math.round(width * 1.4)}px`}
            className={clsx("h-full min-w-0 flex-1", at > 0 && "border-l border-line")}
          />
        ))}
      </span>
      <span className="flex h-[30px] items-center gap-2 px-2.5 text-sm">
        <span className="truncate" title={visibleName(cover.path)}>
          <Name>{nameOf(picture)}</Name>
        </span>
        <span className="ml-auto shrink-0 text-faint">
          {isPair ? (
            <Badge tone={picture.files.diff ? "fail" : "plain"}>{picture.files.diff ? "differs" : "pair"}</Badge>
          ) : (
            width > 150 && <Bytes bytes={cover.sizeBytes} />
          )}
        </span>
      </span>
    </Link>
  );
}
