// JSON too large to be read here: the server reads it and hands out the children of one value at a time. The same
// look as the tree; what is chosen is in the address.
import "../../log/log.css";
import "./json.css";
import { keepPreviousData, type QueryClient, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, FileCode } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { client, read } from "../../api/client";
import type { components } from "../../api/schema";
import type { File } from "../../api/types";
import { formatCount } from "../../format";
import { IconButton } from "../../log/LogToolbar";
import { Button, Bytes, ErrorState, Name, Skeleton } from "../../ui";
import { usePlace } from "../archive/place";
import { ViewerFrame } from "../viewerFrame";
import { pathOf, pointerOf } from "./pointer";

type Child = components["schemas"]["JsonChild"];
type Page = components["schemas"]["JsonPage"];

const pageSize = 100;

const pageQuery = (fileId: string, pointer: string) => ({
  queryKey: ["file", fileId, "json", pointer],
  queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: number }) =>
    read(
      client.GET("/api/files/{id}/json", {
        params: { path: { id: fileId }, query: { pointer, offset: pageParam, limit: pageSize } },
        signal,
      }),
    ) as Promise<Page>,
  initialPageParam: 0,
  getNextPageParam: (last: Page, pages: Page[]) => {
    const shown = pages.reduce((sum, page) => sum + page.children.length, 0);
    return last.children.length > 0 && shown < (last.value.count ?? 0) ? shown : undefined;
  },
  staleTime: Number.POSITIVE_INFINITY,
  placeholderData: keepPreviousData,
});

/** The document, opened along the pointer of the address. */
export function PagedJson({ file, onRaw }: { file: File; onRaw: () => void }) {
  const [place, go] = usePlace();
  const chosen = place.pointer ?? "";
  const queries = useQueryClient();
  const root = useInfiniteQuery(pageQuery(file.id, ""));
  const ref = useRef<HTMLDivElement>(null);
  return (
    <ViewerFrame
      label={file.path}
      bar={
        <>
          <span className="text-sm text-muted">
            <Bytes bytes={file.sizeBytes} /> of JSON, read on the server a page at a time.
          </span>
          <div className="ml-auto">
            <IconButton icon={FileCode} label="Show the raw text" onClick={onRaw} />
          </div>
        </>
      }
    >
      {root.error && !root.data ? (
        <ErrorState title="The JSON could not be read" error={root.error} onRetry={() => void root.refetch()} />
      ) : root.data ? (
        <div
          ref={ref}
          role="tree"
          aria-label="JSON"
          className="json-view min-h-0 flex-1 overflow-auto"
          onKeyDown={(event) => onKey(event, ref.current)}
        >
          <Children
            fileId={file.id}
            pointer=""
            depth={0}
            chosen={chosen}
            queries={queries}
            onChoose={(pointer) => go({ pointer: pointer || undefined })}
          />
        </div>
      ) : (
        <Skeleton rows={14} rowHeight={22} label="Reading the JSON" />
      )}
      <div className="flex min-h-9 items-center border-t border-line px-2">
        <code className="min-w-0 flex-1 truncate font-mono text-xs text-muted" title="The path of the chosen value">
          <Name>{pathOf(chosen)}</Name>
        </code>
      </div>
    </ViewerFrame>
  );
}

/** The keys of a tree, over the rows that are in the document. */
function onKey(event: KeyboardEvent, tree: HTMLElement | null): void {
  const rows = [...(tree?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? [])];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const row = rows[at];
  if (!row) return;
  const isOpen = row.ariaExpanded;
  const to = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1], Home: rows[0], End: rows.at(-1) }[event.key];
  if (to) to.focus();
  else if (event.key === "ArrowRight" && isOpen === "false") row.click();
  else if (event.key === "ArrowLeft" && isOpen === "true") row.click();
  else if (event.key === "ArrowLeft")
    rows.findLast((one, index) => index < at && Number(one.ariaLevel) < Number(row.ariaLevel))?.focus();
  else if (event.key === "Enter" || event.key === " ") row.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

interface LevelProps {
  fileId: string;
  pointer: string;
  depth: number;
  chosen: string;
  queries: QueryClient;
  onChoose: (pointer: string) => void;
}

function Children(props: LevelProps) {
  const { fileId, pointer, depth } = props;
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    pageQuery(fileId, pointer),
  );
  const indent = { paddingLeft: `${depth * 2 + 1}ch` };
  if (error && !data)
    return <ErrorState title="These values could not be read" error={error} onRetry={() => void refetch()} />;
  if (!data)
    return (
      <div className="json-row json-note" style={indent}>
        Reading…
      </div>
    );
  const children = data.pages.flatMap((page) => page.children);
  const value = data.pages[0]?.value;
  if (value && value.count == null) {
    return (
      <div className="json-row" style={indent}>
        <Scalar value={value} />
      </div>
    );
  }
  return (
    <>
      {children.map((child, at) => (
        <ChildRow key={child.index} {...props} child={child} isFirst={depth === 0 && at === 0} />
      ))}
      {children.length === 0 && (
        <div className="json-row json-note" style={indent}>
          empty
        </div>
      )}
      {hasNextPage && (
        <div style={indent} className="py-1">
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage
              ? "Reading…"
              : `Show more (${formatCount(children.length)} of ${formatCount(value?.count ?? 0)})`}
          </Button>
        </div>
      )}
    </>
  );
}

function ChildRow({ child, isFirst, ...props }: LevelProps & { child: Child; isFirst: boolean }) {
  const { pointer, depth, chosen, onChoose } = props;
  const own = pointerOf(pointer, child.key ?? child.index);
  const isContainer = child.count != null;
  const canOpen = isContainer && (child.count ?? 0) > 0;
  // A link to a value inside opens what is around it.
  const [open, setOpen] = useState(canOpen && (chosen === own || chosen.startsWith(`${own}/`)));
  const Fold = open ? ChevronDown : ChevronRight;
  const choose = () => {
    onChoose(own);
    if (canOpen) setOpen(!open);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys belong to the tree. */}
      <div
        role="treeitem"
        tabIndex={chosen === own || (chosen === "" && isFirst) ? 0 : -1}
        aria-level={depth + 1}
        aria-selected={chosen === own}
        aria-expanded={canOpen ? open : undefined}
        className={`json-row ${chosen === own ? "is-selected" : ""}`}
        style={{ paddingLeft: `${Math.min(depth, 30) * 2 + 1}ch` }}
        onClick={choose}
      >
        <span className="json-fold">{canOpen && <Fold aria-hidden size={13} className="inline" />}</span>
        {child.key == null ? (
          <span className="json-mute">{child.index}</span>
        ) : (
          <span className="json-key">
            <Name>{child.key.length > 200 ? `${child.key.slice(0, 200)}…` : child.key}</Name>
          </span>
        )}
        <span className="json-mute">: </span>
        {isContainer ? (
          <>
            <span className="json-preview">
              <Name>{child.text}</Name>
            </span>{" "}
            <span className="json-note">
              {formatCount(child.count ?? 0)} {child.kind === "array" ? "items" : "keys"}
            </span>
          </>
        ) : (
          <Scalar value={child} />
        )}
      </div>
      {open && <Children {...props} pointer={own} depth={depth + 1} />}
    </>
  );
}

function Scalar({ value }: { value: Pick<Child, "kind" | "text" | "cut"> }) {
  const text = value.kind === "string" ? `"${value.text}"` : value.text;
  return (
    <>
      <span className={`json-${value.kind}`}>
        <Name>{text}</Name>
      </span>
      {value.cut && <span className="json-note"> … cut</span>}
    </>
  );
}
