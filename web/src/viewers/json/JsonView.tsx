// The JSON viewer: tree, search, path of the chosen value, and the raw text beside it.

import "../../log/log.css";
import "./json.css";
import { Braces, ChevronsDownUp, ChevronsUpDown, Copy, FileCode } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "react";
import type { File } from "../../api/types";
import { formatCount } from "../../format";
import { LogView } from "../../log";
import { copyText } from "../../log/clipboard";
import { IconButton, SearchBox } from "../../log/LogToolbar";
import { nextIn } from "../../log/pane";
import { lowerBound } from "../../log/rows";
import { compileQuery, type SearchQuery } from "../../log/search";
import { showToast } from "../../toast";
import { ErrorState, Name, Skeleton } from "../../ui";
import { useFileText } from "../useFileText";
import { ViewerFrame } from "../viewerFrame";
import { type JsonIndex, JsonProblem } from "./jsonIndex";
import { JsonPane } from "./jsonPane";
import { PagedJson } from "./PagedJson";
import { useJson, useJsonSearch } from "./useJson";

/** Larger files are read on the server, a page at a time. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;

/** A JSON file. */
export function JsonView({ file }: { file: File }) {
  const [raw, setRaw] = useState(() => window.location.hash.startsWith("#L"));
  const isLarge = file.sizeBytes > MAX_JSON_BYTES;
  if (raw) {
    return (
      <LogView url={file.url} label={file.path} kind="text" sizeBytes={file.sizeBytes}>
        <IconButton icon={Braces} label="Show as tree" onClick={() => setRaw(false)} />
      </LogView>
    );
  }
  if (isLarge) return <PagedJson file={file} onRaw={() => setRaw(true)} />;
  return <ParsedJson file={file} onRaw={() => setRaw(true)} />;
}

function ParsedJson({ file, onRaw }: { file: File; onRaw: () => void }) {
  const { data: text, error, refetch } = useFileText(file);
  const json = useJson(text);
  if (error) return <ErrorState title="The file could not be loaded" error={error} onRetry={() => void refetch()} />;
  if (json instanceof JsonProblem) {
    return (
      <div className="flex flex-col gap-2">
        <p role="alert" className="rounded-lg border border-flaky bg-flaky-soft px-4 py-2 text-flaky-text">
          This is not valid JSON, so it is shown as text. Line {formatCount(json.line)}, column{" "}
          {formatCount(json.column)}: {json.message}.{" "}
          <a href={`#L${json.line}`} className="underline">
            Go to line {formatCount(json.line)}
          </a>
        </p>
        <LogView url={file.url} label={file.path} kind="text" sizeBytes={file.sizeBytes} />
      </div>
    );
  }
  if (!json) {
    return (
      <ViewerFrame label={file.path}>
        <Skeleton rows={12} rowHeight={22} label="Reading the JSON" />
      </ViewerFrame>
    );
  }
  return <JsonTreeView label={file.path} json={json} onRaw={onRaw} />;
}

function JsonTreeView({ label, json, onRaw }: { label: string; json: JsonIndex; onRaw: () => void }) {
  const [query, setQuery] = useState<SearchQuery>({ text: "", matchCase: false, regex: false });
  const compiled = useMemo(() => compileQuery(query), [query]);
  const pattern = compiled instanceof RegExp ? compiled : null;
  const { matches, done } = useJsonSearch(json, pattern);
  const [chosen, setChosen] = useState(0);
  const [, opened] = useReducer((count: number) => count + 1, 0);
  const viewportRef = useRef<HTMLDivElement>(null);
  const inputRef = useRef<HTMLInputElement>(null);
  const paneRef = useRef<JsonPane | null>(null);

  useLayoutEffect(() => {
    if (!viewportRef.current) return;
    const pane = new JsonPane(viewportRef.current, json, setChosen);
    paneRef.current = pane;
    return () => {
      paneRef.current = null;
      pane.destroy();
    };
  }, [json]);
  useEffect(() => paneRef.current?.setPattern(pattern), [pattern]);
  useEffect(() => {
    const first = matches[0];
    if (first !== undefined) paneRef.current?.reveal(first);
  }, [matches]);

  const step = (forward: boolean) => {
    const value = nextIn(matches, paneRef.current?.chosenValue ?? 0, forward);
    if (value !== null) paneRef.current?.reveal(value);
  };
  const copy = async (what: string, text: string) => {
    const done = await copyText(text);
    showToast(done ? `Copied the ${what}.` : "The browser did not allow copying.", done ? "plain" : "fail");
  };
  const setAllOpen = (open: boolean) => {
    paneRef.current?.setAllOpen(open);
    opened();
  };
  const place = lowerBound(matches, chosen);

  return (
    <ViewerFrame
      label={label}
      bar={
        <>
          <SearchBox
            query={query}
            noun="match"
            result={{ pattern, problem: typeof compiled === "string" ? compiled : null, matches, done }}
            place={matches[place] === chosen ? place + 1 : null}
            inputRef={inputRef}
            onQuery={setQuery}
            onStep={step}
            onLeave={() => viewportRef.current?.focus()}
          />
          <div className="ml-auto flex items-center gap-0.5">
            <IconButton icon={ChevronsUpDown} label="Open all" onClick={() => setAllOpen(true)} />
            <IconButton icon={ChevronsDownUp} label="Close all" onClick={() => setAllOpen(false)} />
            <IconButton icon={FileCode} label="Show the raw text" onClick={onRaw} />
          </div>
        </>
      }
    >
      <div ref={viewportRef} className="row-list json-view min-h-0 flex-1" />
      <div className="flex min-h-9 items-center gap-1 border-t border-line px-2 text-sm text-muted">
        <code className="min-w-0 flex-1 truncate font-mono text-xs" title="The path of the chosen value">
          <Name>{json.path(chosen)}</Name>
        </code>
        <IconButton icon={Copy} label="Copy the path" onClick={() => void copy("path", json.path(chosen))}>
          path
        </IconButton>
        <IconButton
          icon={Copy}
          label="Copy the value"
          onClick={() => void copy("value", json.kind(chosen) === "string" ? json.scalar(chosen) : json.source(chosen))}
        >
          value
        </IconButton>
      </div>
    </ViewerFrame>
  );
}
