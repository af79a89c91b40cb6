// The controls above a log: search, filter, errors, wrapping, time stamps, folds, copying.

import clsx from "clsx";
import {
  ALargeSmall,
  ArrowDown,
  ArrowDownToLine,
  ArrowUp,
  ChevronsDownUp,
  ChevronsUpDown,
  CircleAlert,
  Clock,
  Copy,
  FileCode,
  Link2,
  ListFilter,
  type LucideIcon,
  Maximize2,
  Minimize2,
  Regex,
  Search,
  TriangleAlert,
  WrapText,
  X,
} from "lucide-react";
import { type KeyboardEvent, type ReactNode, type RefObject, useId } from "react";
import { formatCount, plural } from "../format";
import { keyOf, type LogAction } from "./actions";
import { visibleText } from "./controls";
import type { SearchResult } from "./finder";
import type { SearchQuery } from "./search";
import type { TextFilter } from "./viewState";

/** A square button with a picture; its name is read out and shown on hover, with its key. */
export function IconButton({
  icon: Icon,
  label,
  shortcut,
  pressed,
  disabled = false,
  onClick,
  children,
}: {
  icon: LucideIcon;
  label: string;
  shortcut?: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children?: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      title={shortcut ? `${label} (${shortcut})` : label}
      disabled={disabled}
      onClick={onClick}
      className={clsx(
        "inline-flex h-7 min-w-7 shrink-0 items-center justify-center gap-1 rounded-md px-1.5 text-sm",
        "hover:bg-raised disabled:opacity-40",
        pressed ? "bg-selected text-accent" : "text-muted",
      )}
    >
      <Icon aria-hidden size={15} />
      {children}
    </button>
  );
}

/** The search field with its options and its count. */
export function SearchBox({
  query,
  result,
  place,
  noun = "line",
  filtered = false,
  inputRef,
  onQuery,
  onStep,
  onFilter,
  onLeave,
}: {
  query: SearchQuery;
  result: SearchResult;
  /** Which match the reader is at, from one; null where at none. */
  place: number | null;
  /** What is counted. */
  noun?: string;
  filtered?: boolean;
  inputRef: RefObject<HTMLInputElement | null>;
  onQuery: (query: SearchQuery) => void;
  onStep: (forward: boolean) => void;
  /** Without it there is no filter. */
  onFilter?: (on: boolean) => void;
  onLeave: () => void;
}) {
  const statusId = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      onStep(!event.shiftKey);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (query.text !== "") onQuery({ ...query, text: "" });
      onLeave();
    }
  };
  return (
    <search className="flex min-w-60 flex-1 items-center gap-0.5">
      <div className="relative mr-1 flex w-full max-w-80 min-w-24 items-center">
        <Search aria-hidden size={14} className="pointer-events-none absolute left-2 text-faint" />
        <input
          ref={inputRef}
          data-search
          type="text"
          value={query.text}
          aria-label="Search in this text"
          aria-describedby={statusId}
          aria-invalid={result.problem !== null}
          placeholder="Search"
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onQuery({ ...query, text: event.target.value })}
          onKeyDown={onKeyDown}
          className="h-7 w-full rounded-md border border-line bg-bg pr-24 pl-7 text-sm placeholder:text-faint"
        />
        <span
          id={statusId}
          role="status"
          title={result.problem ?? undefined}
          className="pointer-events-none absolute right-2 max-w-24 truncate text-xs text-faint"
        >
          {countOf(query, result, place, noun)}
        </span>
      </div>
      <IconButton
        icon={ArrowUp}
        label="Previous match"
        shortcut="N"
        disabled={result.matches.length === 0}
        onClick={() => onStep(false)}
      />
      <IconButton
        icon={ArrowDown}
        label="Next match"
        shortcut="n"
        disabled={result.matches.length === 0}
        onClick={() => onStep(true)}
      />
      <IconButton
        icon={ALargeSmall}
        label="Match case"
        pressed={query.matchCase}
        onClick={() => onQuery({ ...query, matchCase: !query.matchCase })}
      />
      <IconButton
        icon={Regex}
        label="Regular expression"
        pressed={query.regex}
        onClick={() => onQuery({ ...query, regex: !query.regex })}
      />
      {onFilter && (
        <IconButton
          icon={ListFilter}
          label="Only matching lines"
          shortcut="F"
          pressed={filtered}
          disabled={!filtered && result.pattern === null}
          onClick={() => onFilter(!filtered)}
        />
      )}
    </search>
  );
}

function countOf(query: SearchQuery, result: SearchResult, place: number | null, noun: string): string {
  if (query.text === "") return "";
  if (result.problem !== null) return "not valid";
  const count = result.matches.length;
  if (!result.done) return count === 0 ? "searching…" : `${formatCount(count)}…`;
  if (count === 0) return "no match";
  const more = result.cut ? "+" : "";
  return place === null
    ? `${formatCount(count)}${more} ${count === 1 ? noun : noun === "match" ? "matches" : `${noun}s`}`
    : `${formatCount(place)} / ${formatCount(count)}${more}`;
}

/** The buttons that jump to marked lines. */
export function MarkButtons({
  errors,
  warnings,
  onError,
  onWarning,
}: {
  /** How many error markers there are; null where the text has no markers. */
  errors: number | null;
  warnings: number;
  onError: () => void;
  onWarning: () => void;
}) {
  return (
    <>
      <button
        type="button"
        onClick={onError}
        disabled={errors === 0}
        title={errors === 0 ? "There is no error marker in this log" : "Next error (e), previous (E)"}
        className={clsx(
          "inline-flex h-7 shrink-0 items-center gap-1 rounded-md px-2 text-sm font-medium whitespace-nowrap",
          errors ? "bg-fail-soft text-fail-text" : "text-muted hover:bg-raised disabled:opacity-60",
        )}
      >
        <CircleAlert aria-hidden size={14} />
        {errors === null ? "Find error" : plural(errors, "error")}
      </button>
      {warnings > 0 && (
        <button
          type="button"
          onClick={onWarning}
          title="Next warning (w), previous (W)"
          className="inline-flex h-7 shrink-0 items-center gap-1 rounded-md px-2 text-sm whitespace-nowrap text-flaky-text hover:bg-raised"
        >
          <TriangleAlert aria-hidden size={14} />
          {plural(warnings, "warning")}
        </button>
      )}
    </>
  );
}

/** Which switches of the view are on, and which there are. */
export interface ViewSwitches {
  wrap: boolean;
  times: boolean;
  follow: boolean;
  fullScreen: boolean;
  hasTimes: boolean;
  hasGroups: boolean;
  hasFolded: boolean;
}

/** The switches of the view, and copying. */
export function ViewButtons({
  switches,
  rawUrl,
  act,
}: {
  switches: ViewSwitches;
  rawUrl: string;
  act: (action: LogAction) => void;
}) {
  const { wrap, times, follow, fullScreen, hasTimes, hasGroups, hasFolded } = switches;
  const button = (action: LogAction, icon: LucideIcon, label: string, pressed?: boolean) => (
    <IconButton
      icon={icon}
      label={label}
      {...(keyOf(action) === undefined ? {} : { shortcut: keyOf(action) as string })}
      {...(pressed === undefined ? {} : { pressed })}
      onClick={() => act(action)}
    />
  );
  return (
    <>
      {hasGroups &&
        button(
          "fold",
          hasFolded ? ChevronsUpDown : ChevronsDownUp,
          hasFolded ? "Unfold all groups" : "Fold all groups",
        )}
      {hasTimes && button("times", Clock, "Time stamps", times)}
      {button("wrap", WrapText, "Wrap long lines", wrap)}
      {button("follow", ArrowDownToLine, "Follow the end", follow)}
      {button("copy", Copy, "Copy the chosen lines, or all")}
      {button("copyLink", Link2, "Copy a link to the line")}
      <a
        href={rawUrl}
        target="_blank"
        rel="noopener noreferrer"
        aria-label="Open the text as it came"
        title="Open the text as it came"
        className="inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted hover:bg-raised"
      >
        <FileCode aria-hidden size={15} />
      </a>
      {button(
        "fullScreen",
        fullScreen ? Minimize2 : Maximize2,
        fullScreen ? "Leave the full window" : "Full window",
        fullScreen,
      )}
    </>
  );
}

/** The filters made of texts, each of which can be taken away. */
export function FilterBar({ filters, onChange }: { filters: TextFilter[]; onChange: (filters: TextFilter[]) => void }) {
  if (filters.length === 0) return null;
  return (
    <ul aria-label="Filters" className="flex flex-wrap items-center gap-1.5 border-b border-line px-2 py-1">
      {filters.map((filter) => (
        <li key={`${filter.out} ${filter.text}`}>
          <button
            type="button"
            title="Remove this filter"
            onClick={() => onChange(filters.filter((other) => other !== filter))}
            className="inline-flex h-6 max-w-72 items-center gap-1 rounded-md bg-selected px-2 text-xs hover:bg-raised"
          >
            <span className="text-muted">{filter.out ? "without" : "with"}</span>
            <span className="truncate font-mono">{visibleText(filter.text)}</span>
            <X aria-hidden size={12} className="shrink-0 text-faint" />
            <span className="sr-only">remove</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
