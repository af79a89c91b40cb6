// What the test did, as a tree: the failed action is red, bars say when and how long.
import clsx from "clsx";
import { ChevronDown, ChevronRight, Circle, CircleCheck, CircleX } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { Name } from "../../ui";
import { clock, endOf, locatorText, type Row } from "./model";

interface Props {
  /** The rows to be seen. */
  rows: Row[];
  shut: ReadonlySet<number>;
  chosen: number | null;
  durationMs: number;
  onChoose: (index: number) => void;
  onToggle: (index: number) => void;
}

/** The tree. */
export function ActionTree({ rows, shut, chosen, durationMs, onChoose, onToggle }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row is found in the document.
  useEffect(() => {
    const list = ref.current;
    const row = list?.querySelector<HTMLElement>("[aria-selected=true]");
    if (!list || !row) return;
    // Only the list scrolls, never the page.
    if (row.offsetTop < list.scrollTop) list.scrollTop = row.offsetTop;
    const below = row.offsetTop + row.offsetHeight - list.scrollTop - list.clientHeight;
    if (below > 0) list.scrollTop += below;
  }, [chosen, rows.length]);

  const onKey = (event: KeyboardEvent) => {
    const at = rows.findIndex((row) => row.index === chosen);
    const row = rows[at];
    const to = (next: Row | undefined) => next && onChoose(next.index);
    if (event.key === "ArrowDown") to(rows[at + 1]);
    else if (event.key === "ArrowUp") to(rows[at - 1]);
    else if (event.key === "Home") to(rows[0]);
    else if (event.key === "End") to(rows.at(-1));
    else if (event.key === "ArrowLeft" && row) {
      if (row.hasChildren && !shut.has(row.index)) onToggle(row.index);
      else if (row.action.parent != null) onChoose(row.action.parent);
    } else if (event.key === "ArrowRight" && row?.hasChildren && shut.has(row.index)) onToggle(row.index);
    else if (event.key === "Enter" && row?.hasChildren) onToggle(row.index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={ref}
      role="tree"
      aria-label="Actions"
      tabIndex={0}
      aria-activedescendant={chosen === null ? undefined : `trace-action-${chosen}`}
      className="trace-actions"
      onKeyDown={onKey}
    >
      {rows.map((row) => (
        <ActionRow
          key={row.index}
          row={row}
          isShut={shut.has(row.index)}
          isChosen={row.index === chosen}
          durationMs={Math.max(durationMs, 1)}
          onChoose={onChoose}
          onToggle={onToggle}
        />
      ))}
    </div>
  );
}

function ActionRow({
  row: { index, action, depth, hasChildren, failed },
  isShut,
  isChosen,
  durationMs,
  onChoose,
  onToggle,
}: {
  row: Row;
  isShut: boolean;
  isChosen: boolean;
  durationMs: number;
  onChoose: (index: number) => void;
  onToggle: (index: number) => void;
}) {
  const end = endOf(action, durationMs);
  const Icon = failed ? CircleX : action.endMs == null ? Circle : CircleCheck;
  const Fold = isShut ? ChevronRight : ChevronDown;
  const detail = action.selector
    ? locatorText(action.selector)
    : (action.parameters.find((one) => one.name === "url")?.value ?? "");
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys belong to the tree, which holds the focus.
    // biome-ignore lint/a11y/useFocusableInteractive: the tree holds the focus and names the chosen row.
    <div
      id={`trace-action-${index}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isChosen}
      aria-expanded={hasChildren ? !isShut : undefined}
      className={clsx("trace-action", isChosen && "is-chosen", failed && "is-failed")}
      onClick={() => onChoose(index)}
    >
      <span className="trace-indent" style={{ width: Math.min(depth, 8) * 14 }} />
      {hasChildren ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys of the tree do the same.
        // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys of the tree do the same.
        <span
          className="trace-fold"
          onClick={(event) => {
            event.stopPropagation();
            onToggle(index);
          }}
        >
          <Fold aria-hidden size={14} />
        </span>
      ) : (
        <span className="trace-fold" />
      )}
      <Icon aria-hidden size={13} className={failed ? "text-fail" : "text-faint"} />
      <span className="min-w-0 flex-1">
        <span className="block truncate">
          <Name>{action.title}</Name>
          {failed && <span className="sr-only">, failed</span>}
          {detail && !action.title.includes(detail) && (
            <span className="ml-1.5 font-mono text-xs text-faint">
              <Name>{detail}</Name>
            </span>
          )}
        </span>
        <span className="trace-bar">
          <span
            style={{
              left: `${(action.startMs / durationMs) * 100}%`,
              width: `max(2px, ${((end - action.startMs) / durationMs) * 100}%)`,
            }}
          />
        </span>
      </span>
      <span className="text-xs whitespace-nowrap text-faint tabular-nums">
        {action.endMs == null ? "not ended" : clock(end - action.startMs)}
      </span>
    </div>
  );
}
