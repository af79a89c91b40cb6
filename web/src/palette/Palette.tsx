// The command palette: one field over everything, a list below it, and keys for all of it.
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import clsx from "clsx";
import { LoaderCircle, RotateCw, Search, SearchX } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { searchQuery } from "../api/find";
import { useAddedCommands } from "../commands";
import { Button, errorText, Name } from "../ui";
import { asked } from "./mode";
import { openPlace, placeOf } from "./open";
import { RowContent } from "./PaletteRow";
import { recents, remember } from "./recents";
import { type Row, recentOf, type Section, sectionsOf, step, urlOf } from "./rows";
import { useBuiltinCommands } from "./useBuiltinCommands";
import { useDelayed } from "./useDelayed";

const waitMs = 120;

/** The open palette; `onClose` is told once it has closed. */
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label="Search and commands"
      onClose={onClose}
      // A press beside the palette closes it; Escape does so by itself.
      onMouseDown={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
      className="mx-auto mt-[10vh] mb-auto w-[min(720px,calc(100vw-2rem))] overflow-hidden rounded-lg border border-line bg-panel p-0 text-text shadow-2xl backdrop:bg-black/45 max-sm:m-0 max-sm:h-dvh max-sm:max-h-none max-sm:w-screen max-sm:max-w-none max-sm:rounded-none max-sm:border-0"
    >
      <Content close={() => dialog.current?.close()} />
    </dialog>
  );
}

function Content({ close }: { close: () => void }) {
  const router = useRouter();
  const list = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [opened] = useState(recents);
  const commands = [...useBuiltinCommands(), ...useAddedCommands()];
  const now = asked(text);
  const question = useDelayed(now.question, waitMs);
  const { data, isError, error, isFetching, isPlaceholderData, refetch } = useQuery({
    ...searchQuery(question),
    enabled: question !== "",
  });
  const isCurrent = question === now.question && !isPlaceholderData;
  const sections = sectionsOf(now, commands, opened, question === "" || isError ? undefined : data);
  const rows = useMemo(() => sections.flatMap((section) => section.rows), [sections]);
  const active = rows.some((row) => row.id === chosen) ? chosen : (rows[0]?.id ?? null);

  async function open(row: Row, inNewTab: boolean): Promise<void> {
    const recent = recentOf(row);
    if (recent) remember(recent);
    close();
    if (row.kind === "resolved") openPlace(router, await placeOf(row.resolved), inNewTab);
    else {
      const url = urlOf(row);
      if (url) openPlace(router, url, inNewTab);
      else if (row.kind === "command") row.command.run?.();
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      setChosen(step(rows, active, by));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      const row = rows.find((one) => one.id === active);
      // What stands there still answers the words of before: Enter is for what was typed.
      if (row && (isCurrent || now.question === "" || row.kind === "command")) {
        void open(row, event.ctrlKey || event.metaKey);
      }
    }
  }

  const nothing =
    now.question !== "" &&
    isCurrent &&
    !isError &&
    !data?.resolved &&
    !data?.notMirrored &&
    data?.groups.every((group) => group.items.length === 0);
  return (
    <div className="flex max-h-[min(70vh,640px)] flex-col max-sm:max-h-dvh">
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Search aria-hidden size={16} className="shrink-0 text-faint" />
        <input
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type into this field.
          autoFocus
          type="text"
          role="combobox"
          aria-label="Search, or paste an address of GitHub"
          aria-expanded="true"
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={active ? optionId(list, active) : undefined}
          value={text}
          placeholder="Search tests, runs, files, failures, or paste a GitHub address"
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="go"
          maxLength={2000}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(null);
          }}
          onKeyDown={onKeyDown}
          className="h-12 min-w-0 flex-1 bg-transparent text-lg outline-none placeholder:text-faint max-sm:text-base"
        />
        {isFetching && (
          <LoaderCircle aria-hidden size={16} className="shrink-0 animate-spin text-faint motion-reduce:animate-none" />
        )}
        <Button variant="quiet" className="px-1.5" onClick={close} title="Close search">
          <kbd className="font-mono text-xs">Esc</kbd>
        </Button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain sm:min-h-80">
        {data?.notMirrored && isCurrent && <Note>{data.notMirrored}</Note>}
        {isError && <Failed error={error} retry={() => void refetch()} />}
        {nothing && <Nothing text={now.question} />}
        <Rows
          id={list}
          sections={sections}
          active={active}
          words={now.words}
          dimmed={isPlaceholderData}
          onPoint={setChosen}
          onOpen={(row, inNewTab) => void open(row, inNewTab)}
        />
      </div>
      <Foot count={now.question !== "" && isCurrent && !isError ? rows.length : null} />
    </div>
  );
}

const optionId = (list: string, row: string) => `${list}-${row}`;

function Rows({
  id,
  sections,
  active,
  words,
  dimmed,
  onPoint,
  onOpen,
}: {
  id: string;
  sections: Section[];
  active: string | null;
  words: readonly string[];
  dimmed: boolean;
  onPoint: (row: string) => void;
  onOpen: (row: Row, inNewTab: boolean) => void;
}) {
  return (
    <div role="listbox" id={id} aria-label="Results and commands" className={clsx("py-1", dimmed && "opacity-70")}>
      {sections.map((section) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a list box.
        <div role="group" key={section.id} aria-labelledby={`${id}-${section.id}`}>
          <div id={`${id}-${section.id}`} className="px-4 pt-2 pb-1 text-xs font-semibold text-faint">
            {section.title}
          </div>
          {section.rows.map((row) => (
            <Option
              key={row.id}
              id={optionId(id, row.id)}
              row={row}
              isActive={row.id === active}
              words={words}
              onPoint={() => onPoint(row.id)}
              onOpen={(inNewTab) => onOpen(row, inNewTab)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function Option({
  id,
  row,
  isActive,
  words,
  onPoint,
  onOpen,
}: {
  id: string;
  row: Row;
  isActive: boolean;
  words: readonly string[];
  onPoint: () => void;
  onOpen: (inNewTab: boolean) => void;
}) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) ref.current?.scrollIntoView?.({ block: "nearest" });
  }, [isActive]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, as in every combobox.
    <div
      ref={ref}
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      onMouseMove={isActive ? undefined : onPoint}
      onClick={(event) => onOpen(event.ctrlKey || event.metaKey)}
      onAuxClick={(event) => {
        if (event.button === 1) onOpen(true);
      }}
      className={clsx(
        "mx-1 flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-3 py-1",
        isActive && "bg-selected",
      )}
    >
      <RowContent row={row} words={words} />
    </div>
  );
}

function Note({ children }: { children: string }) {
  return (
    <p role="status" className="px-4 pt-4 pb-2 text-muted">
      {children}
    </p>
  );
}

function Nothing({ text }: { text: string }) {
  return (
    <div role="status" className="flex flex-col items-center gap-1 px-4 py-8 text-center">
      <SearchX aria-hidden size={22} className="text-faint" />
      <p className="font-medium break-words">
        Nothing matches “<Name>{text.slice(0, 120)}</Name>”
      </p>
      <p className="max-w-md text-sm text-muted">
        Looked through tests, failures, runs, workflows, branches and files by name; logs and the contents of files are
        not searched from here. All words have to occur.
      </p>
    </div>
  );
}

function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 px-4 py-3">
      <span className="text-fail-text">The search failed.</span>
      <span className="min-w-0 flex-1 text-muted">{errorText(error)}</span>
      <Button onClick={retry}>
        <RotateCw aria-hidden size={14} /> Try again
      </Button>
    </div>
  );
}

function Foot({ count }: { count: number | null }) {
  return (
    <div className="flex items-center gap-x-4 gap-y-1 border-t border-line bg-raised/60 px-4 py-1.5 text-xs text-faint max-sm:hidden">
      <Hint keys="↑↓">move</Hint>
      <Hint keys="Enter">open</Hint>
      <Hint keys="Ctrl Enter">new tab</Hint>
      <span className="ml-auto flex gap-4">
        <Hint keys=">">commands</Hint>
        <Hint keys="#">run number</Hint>
        <Hint keys="@">person</Hint>
      </span>
      <span role="status" className="sr-only">
        {count === null ? "" : count === 1 ? "1 row" : `${count} rows`}
      </span>
    </div>
  );
}

function Hint({ keys, children }: { keys: string; children: string }) {
  return (
    <span className="whitespace-nowrap">
      <kbd className="mr-1 rounded border border-line bg-panel px-1 font-mono">{keys}</kbd>
      {children}
    </span>
  );
}
