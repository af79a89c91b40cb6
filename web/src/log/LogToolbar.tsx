// The controls above a log: search, filter, errors, wrapping, time stamps, folds, copying.

import clsx from "clsx";
import {
  ALargeSmall,
  ArrowDown,
  ArrowUp,
  ChevronsDownUp,
  ChevronsUpDown,
  CircleAlert,
  Clock,
  Copy,
  FileCode,
  ListFilter,
  type LucideIcon,
  Regex,
  Search,
  TriangleAlert,
  WrapText,
} from "lucide-react";
import { type KeyboardEvent, type ReactNode, type RefObject, useId } from "react";
import { formatCount, plural } from "../format";
import type { SearchQuery } from "./search";
import type { SearchResult } from "./useLineSearch";

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
    <search className="flex min-w-72 flex-1 items-center gap-0.5">
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
  return place === null
    ? plural(count, noun, noun === "match" ? "matches" : undefined)
    : `${formatCount(place)} / ${formatCount(count)}`;
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
          title="Next warning (w)"
          className="inline-flex h-7 shrink-0 items-center gap-1 rounded-md px-2 text-sm whitespace-nowrap text-flaky-text hover:bg-raised"
        >
          <TriangleAlert aria-hidden size={14} />
          {plural(warnings, "warning")}
        </button>
      )}
    </>
  );
}

/** The switches of the view, and copying. */
export function ViewButtons({
  wrap,
  times,
  hasTimes,
  hasGroups,
  hasFolded,
  rawUrl,
  onWrap,
  onTimes,
  onFold,
  onCopy,
}: {
  wrap: boolean;
  times: boolean;
  hasTimes: boolean;
  hasGroups: boolean;
  hasFolded: boolean;
  rawUrl: string;
  onWrap: () => void;
  onTimes: () => void;
  onFold: () => void;
  onCopy: () => void;
}) {
  return (
    <>
      {hasGroups && (
        <IconButton
          icon={hasFolded ? ChevronsUpDown : ChevronsDownUp}
          label={hasFolded ? "Unfold all groups" : "Fold all groups"}
          shortcut="z"
          onClick={onFold}
        />
      )}
      {hasTimes && <IconButton icon={Clock} label="Time stamps" shortcut="T" pressed={times} onClick={onTimes} />}
      <IconButton icon={WrapText} label="Wrap long lines" shortcut="W" pressed={wrap} onClick={onWrap} />
      <IconButton icon={Copy} label="Copy the chosen lines, or all" shortcut="y" onClick={onCopy} />
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
    </>
  );
}
