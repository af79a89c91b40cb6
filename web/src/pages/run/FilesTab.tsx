// The files of a run as a tree, with filters for kind, name and artifact in the address.
import { getRouteApi, Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight, Folder, FolderOpen, Package } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import type { File, RunDetail } from "../../api/types";
import { flagMeaning } from "../../fileFlags";
import { formatCount, plural } from "../../format";
import { fileTypes, type RunSearch } from "../../search";
import { Badge, Button, Bytes, EmptyState, ErrorState, Name, Panel, Skeleton, visibleName } from "../../ui";
import { SearchField } from "../SearchField";
import { FileIcon } from "./FileIcon";
import { type TreeRow, treeRows, treeStep } from "./tree";
import { useAllFiles } from "./useAllFiles";
import { missingSentence } from "./verdict";

const route = getRouteApi("/runs/$runId");
const rowHeight = 32;
const virtualAbove = 500;
const typeLabels = { image: "Images", json: "JSON", text: "Text", binary: "Other" };

/** The tree and its filters. */
export function FilesTab({ run }: { run: RunDetail }) {
  const { type, q, artifact } = route.useSearch();
  const navigate = route.useNavigate();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const filters = {
    ...(type ? { type } : {}),
    ...(q ? { q } : {}),
    ...(artifact ? { artifactId: artifact } : {}),
  };
  const { list, files, total, loadsOn } = useAllFiles(run.id, filters);
  const change = (next: Partial<RunSearch>) =>
    navigate({ search: (previous) => ({ ...previous, ...next }) as RunSearch, replace: true, resetScroll: false });
  const rows = treeRows(files, closed);

  function toggle(key: string): void {
    const next = new Set(closed);
    if (!next.delete(key)) next.add(key);
    setClosed(next);
  }

  return (
    <div className="flex flex-col gap-3">
      <search className="flex flex-wrap items-center gap-2">
        <SearchField
          label="Search file names"
          value={q ?? ""}
          onChange={(value) => change({ q: value || undefined } as never)}
        />
        <select
          aria-label="Type of file"
          value={type ?? ""}
          onChange={(event) => change({ type: event.target.value || undefined } as never)}
          className={`h-8 rounded-md border bg-panel px-2 text-sm ${type ? "border-accent font-medium" : "border-line text-muted"}`}
        >
          <option value="">Type: any</option>
          {fileTypes.map((known) => (
            <option key={known} value={known}>
              {typeLabels[known]}
            </option>
          ))}
        </select>
        <select
          aria-label="Artifact"
          value={artifact ?? ""}
          onChange={(event) =>
            change({ artifact: event.target.value ? Number(event.target.value) : undefined } as never)
          }
          className={`h-8 max-w-60 rounded-md border bg-panel px-2 text-sm ${artifact ? "border-accent font-medium" : "border-line text-muted"}`}
        >
          <option value="">Artifact: any</option>
          {run.artifacts
            .filter((one) => one.fileCount > 0 || one.id === artifact)
            .map((one) => (
              <option key={one.id} value={one.id}>
                {visibleName(one.name)}
              </option>
            ))}
        </select>
        {(type || q || artifact) && (
          <Button
            variant="quiet"
            onClick={() => change({ type: undefined, q: undefined, artifact: undefined } as never)}
          >
            Clear filters
          </Button>
        )}
      </search>
      <Panel
        title="Files"
        count={total === undefined ? undefined : formatCount(total)}
        aside={loadsOn && `Loading ${formatCount(files.length)} of ${formatCount(total ?? files.length)}`}
      >
        {list.isPending ? (
          <Skeleton rows={8} rowHeight={rowHeight} label="Loading files" />
        ) : list.isError && files.length === 0 ? (
          <ErrorState title="The files could not be loaded" error={list.error} onRetry={() => list.refetch()} />
        ) : rows.length === 0 ? (
          <NoFiles run={run} filtered={Boolean(type || q || artifact)} />
        ) : (
          <Tree rows={rows} toggle={toggle} />
        )}
        {list.hasNextPage && !loadsOn && (
          <div className="flex items-center justify-center gap-3 border-t border-line p-3">
            <Button onClick={() => list.fetchNextPage()}>
              {list.isFetchNextPageError ? "Try again" : "Load more"}
            </Button>
            <span className="text-sm text-faint">
              {formatCount(files.length)} of {formatCount(total ?? files.length)} shown
            </span>
          </div>
        )}
      </Panel>
    </div>
  );
}

function NoFiles({ run, filtered }: { run: RunDetail; filtered: boolean }) {
  if (filtered && run.summary.files > 0)
    return <EmptyState title="No file matches these filters">Clear a filter above to see more.</EmptyState>;
  return <EmptyState title="No files">{missingSentence(run.artifacts) ?? "This run left no files behind."}</EmptyState>;
}

/** Arrow keys walk the tree: right opens a folder or goes into it, left closes it or goes to the one around it. */
function useTreeKeys(rows: TreeRow[], toggle: (key: string) => void, show?: (index: number) => void) {
  return (event: KeyboardEvent<HTMLElement>) => {
    const inside = event.currentTarget;
    const key = event.target instanceof HTMLElement ? event.target.dataset.key : undefined;
    if (key === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = treeStep(rows, key, event.key);
    if (!step) return;
    event.preventDefault();
    if (step.toggle) toggle(key);
    if (step.to === undefined) return;
    const to = step.to;
    show?.(to);
    focusRow(inside, rows[to]?.key ?? "");
  };
}

/** A row of a long tree may have to come on view first. */
function focusRow(inside: HTMLElement, key: string, tries = 5): void {
  const row = inside.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (row) row.focus();
  else if (tries > 0) requestAnimationFrame(() => focusRow(inside, key, tries - 1));
}

function Tree({ rows, toggle }: { rows: TreeRow[]; toggle: (key: string) => void }) {
  const onKeyDown = useTreeKeys(rows, toggle);
  if (rows.length > virtualAbove) return <VirtualTree rows={rows} toggle={toggle} />;
  return (
    <ul aria-label="Files by artifact and folder" className="py-1" onKeyDown={onKeyDown}>
      {rows.map((row) => (
        <li key={row.key}>
          <Row row={row} toggle={toggle} />
        </li>
      ))}
    </ul>
  );
}

function VirtualTree({ rows, toggle }: { rows: TreeRow[]; toggle: (key: string) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 20,
  });
  const onKeyDown = useTreeKeys(rows, toggle, (index) => virtual.scrollToIndex(index));
  return (
    <section
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      aria-label="Files, scrolling"
      className="h-[70vh] overflow-y-auto py-1"
      onKeyDown={onKeyDown}
    >
      <ul aria-label="Files by artifact and folder" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li
                key={row.key}
                aria-setsize={rows.length}
                aria-posinset={item.index + 1}
                className="absolute top-0 left-0 w-full"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <Row row={row} toggle={toggle} />
              </li>
            )
          );
        })}
      </ul>
    </section>
  );
}

function Row({ row, toggle }: { row: TreeRow; toggle: (key: string) => void }) {
  const indent = { paddingLeft: 16 + row.depth * 18 };
  if (row.kind === "file") return <FileRow file={row.file} name={row.name} indent={indent} />;
  const Icon = row.kind === "artifact" ? Package : row.open ? FolderOpen : Folder;
  const Chevron = row.open ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      data-row
      data-key={row.key}
      aria-expanded={row.open}
      onClick={() => toggle(row.key)}
      className="flex h-8 w-full items-center gap-2 pr-4 text-left hover:bg-raised/60"
      style={indent}
    >
      <Chevron aria-hidden size={13} className="-ml-1 shrink-0 text-faint" />
      <Icon aria-hidden size={14} className="shrink-0 text-faint" />
      <span className={`truncate ${row.kind === "artifact" ? "font-semibold" : "font-medium"}`}>
        <Name>{row.name}</Name>
      </span>
      <span className="ml-auto shrink-0 text-sm text-faint">
        {plural(row.files, "file")} · <Bytes bytes={row.sizeBytes} />
      </span>
    </button>
  );
}

function FileRow({ file, name, indent }: { file: File; name: string; indent: { paddingLeft: number } }) {
  return (
    <Link
      to="/files/$fileId"
      params={{ fileId: file.id }}
      data-row
      data-key={file.id}
      className="flex h-8 items-center gap-2 pr-4 hover:bg-raised/60 hover:no-underline"
      style={indent}
    >
      <span className="w-[9px] shrink-0" />
      <FileIcon type={file.type} />
      <span className="truncate" title={visibleName(file.path)}>
        <Name>{name}</Name>
      </span>
      {file.flags.map((flag) => (
        <Badge key={flag} tone={flagMeaning(flag).prevents ? "fail" : "plain"} title={flagMeaning(flag).meaning}>
          {flagMeaning(flag).label}
        </Badge>
      ))}
      <span className="ml-auto shrink-0 text-sm text-faint">
        <Bytes bytes={file.sizeBytes} />
      </span>
    </Link>
  );
}
