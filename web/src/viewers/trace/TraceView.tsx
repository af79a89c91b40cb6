// A Playwright trace at a glance: film strip and time line above, actions beside the screenshot of their moment, and
// below it why, what was logged, asked and written. The server read it; nothing of it runs here or leaves the house.
import "./trace.css";
import { useQuery } from "@tanstack/react-query";
import { Download, FolderTree } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { File } from "../../api/types";
import { formatCount } from "../../format";
import { usePageKeys } from "../../pageKeys";
import { Badge, Button, buttonClass, EmptyState, ErrorState, Name, Skeleton, Time, visibleName } from "../../ui";
import { usePlace } from "../archive/place";
import { type ArchiveId, downloadUrl, entryUrl, type Trace, traceQuery } from "../archive/queries";
import { ViewerFrame } from "../viewerFrame";
import { ActionTree } from "./ActionTree";
import { DetailTabs } from "./DetailTabs";
import { FilmStrip } from "./FilmStrip";
import { actionAt, ancestorsOf, clock, endOf, firstChoice, frameAt, rowsOf, shutAtFirst, visibleRows } from "./model";
import { ScreenshotView } from "./ScreenshotView";

interface Props {
  file: File;
  archive: ArchiveId;
  /** Leads on to the files of the archive. */
  onFiles: () => void;
}

/** The trace in `archive`. */
export function TraceView({ file, archive, onFiles }: Props) {
  const { data: trace, error, refetch } = useQuery(traceQuery(archive));
  if (error && !trace) {
    return (
      <ViewerFrame label={file.path} tall={false}>
        <ErrorState title="The trace could not be read" error={error} onRetry={() => void refetch()} />
        <p className="flex justify-center gap-2 pb-8">
          <Button onClick={onFiles}>Show the files in it</Button>
          <a href={downloadUrl(file.url)} download className={buttonClass()}>
            <Download aria-hidden size={13} /> Download
          </a>
        </p>
      </ViewerFrame>
    );
  }
  if (!trace) {
    return (
      <ViewerFrame label={file.path}>
        <Skeleton rows={14} rowHeight={40} label="Reading the trace" />
      </ViewerFrame>
    );
  }
  return <LoadedTrace trace={trace} file={file} archive={archive} onFiles={onFiles} />;
}

function LoadedTrace({ trace, file, archive, onFiles }: Props & { trace: Trace }) {
  const [place, go] = usePlace();
  const rows = useMemo(() => rowsOf(trace.actions), [trace]);
  const [shut, setShut] = useState(() => shutAtFirst(rows));
  const first = useMemo(() => firstChoice(rows), [rows]);
  const named = place.action;
  const chosen = named !== undefined && named < rows.length ? named : first;
  const action = chosen === null ? null : (trace.actions[chosen] ?? null);
  const timeMs = place.at ?? (action ? endOf(action, trace.durationMs) : 0);
  const visible = useMemo(() => visibleRows(rows, shut), [rows, shut]);

  // A link, or the time line, may lead into something that is shut.
  useEffect(() => {
    if (chosen === null) return;
    const ancestors = ancestorsOf(rows, chosen);
    setShut((before) =>
      ancestors.some((at) => before.has(at)) ? new Set([...before].filter((at) => !ancestors.includes(at))) : before,
    );
  }, [rows, chosen]);

  const choose = (index: number) => go({ action: index, at: undefined });
  const goTo = (ms: number) => {
    const found = actionAt(rows, ms, trace.durationMs);
    go({ at: Math.round(ms), ...(found !== null && { action: found }) });
  };
  const step = (by: number) => {
    const at = visible.findIndex((row) => row.index === chosen);
    const next = visible[Math.min(Math.max(at + by, 0), visible.length - 1)];
    if (next) choose(next.index);
  };
  const nextFailed = (by: number) => {
    const failed = rows.filter((row) => row.action.error != null);
    const found =
      by > 0 ? failed.find((row) => row.index > (chosen ?? -1)) : failed.findLast((row) => row.index < (chosen ?? 0));
    if (found) choose(found.index);
  };
  usePageKeys("Trace", [
    { keys: ["j", "ArrowDown"], label: "Next action", run: () => step(1) },
    { keys: ["k", "ArrowUp"], label: "Previous action", run: () => step(-1) },
    { keys: ["n"], label: "Next failed action", run: () => nextFailed(1) },
    { keys: ["N", "p"], label: "Previous failed action", run: () => nextFailed(-1) },
  ]);

  const toggle = (index: number) =>
    setShut((before) => {
      const after = new Set(before);
      if (!after.delete(index)) after.add(index);
      return after;
    });
  const frame = frameAt(trace.frames, timeMs, action?.page);

  return (
    <section
      aria-label={`Trace ${visibleName(file.path)}`}
      className="trace flex min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-panel"
    >
      <TraceBar trace={trace} file={file} archive={archive} onFiles={onFiles} />
      <Notes trace={trace} />
      <FilmStrip trace={trace} archive={archive} rows={rows} timeMs={timeMs} chosen={chosen} onTime={goTo} />
      <div className="trace-body">
        <ActionTree
          rows={visible}
          shut={shut}
          chosen={chosen}
          durationMs={trace.durationMs}
          onChoose={choose}
          onToggle={toggle}
        />
        <div className="flex min-h-0 min-w-0 flex-col">
          {frame ? (
            <ScreenshotView
              src={entryUrl(archive, frame.entry)}
              frame={frame}
              action={action}
              timeMs={timeMs}
              durationMs={trace.durationMs}
              onTime={(ms) => go({ at: Math.round(ms) })}
            />
          ) : (
            <p className="border-b border-line px-4 py-6 text-center text-muted">
              The trace holds no screenshots. Playwright takes them with <code>screenshots: true</code>.
            </p>
          )}
          <DetailTabs
            trace={trace}
            archive={archive}
            action={action}
            tab={place.about}
            onTab={(about) => go({ about })}
          />
        </div>
      </div>
    </section>
  );
}

function TraceBar({ trace, file, archive, onFiles }: Props & { trace: Trace }) {
  const failed = trace.actions.filter((action) => action.error != null).length;
  const facts = [
    [trace.browser, trace.channel].filter(Boolean).join(" "),
    trace.viewport ? `${trace.viewport.width} × ${trace.viewport.height}` : "",
    trace.platform ?? "",
    trace.playwrightVersion ? `Playwright ${trace.playwrightVersion}` : "",
  ].filter(Boolean);
  const url = archive.within === undefined ? file.url : entryUrl({ fileId: archive.fileId }, archive.within);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-raised/60 px-3 py-1.5">
      <h2 className="min-w-0 font-medium break-words">
        <Name>{trace.title || "Trace"}</Name>
      </h2>
      <span className="text-sm text-muted tabular-nums">{clock(trace.durationMs)}</span>
      {failed > 0 || trace.errors.length > 0 ? (
        <Badge tone="fail">failed</Badge>
      ) : (
        <Badge tone="pass">no action failed</Badge>
      )}
      <span className="text-sm text-faint">
        <Name>{facts.join(" · ")}</Name>
        {trace.startedAt && (
          <>
            {facts.length > 0 && " · "}
            <Time at={trace.startedAt} />
          </>
        )}
      </span>
      <div className="ml-auto flex flex-wrap items-center gap-1">
        <Button variant="quiet" onClick={onFiles}>
          <FolderTree aria-hidden size={14} /> Files
        </Button>
        <details className="trace-how">
          <summary className={buttonClass()}>Open in full</summary>
          <div className="trace-how-text">
            <p>
              This is a quick look. For snapshots of the page, download the trace and open it on your own machine with{" "}
              <code>npx playwright show-trace {file.path.split("/").at(-1)}</code>. Nothing is sent anywhere.
            </p>
            <a href={downloadUrl(url)} download className={buttonClass("primary")}>
              <Download aria-hidden size={13} /> Download trace
            </a>
          </div>
        </details>
      </div>
    </div>
  );
}

const cutWords: Record<string, string> = {
  actions: "actions",
  console: "console messages",
  requests: "requests",
  frames: "screenshots",
  log: "log lines",
};

function Notes({ trace }: { trace: Trace }) {
  const cuts = trace.cuts.map((cut) => {
    const words = cutWords[cut.what];
    return words
      ? `${formatCount(cut.kept)} of ${formatCount(cut.found)} ${words} are shown`
      : "long texts or the end of the trace are left out";
  });
  const notes = [...trace.problems, ...new Set(cuts)];
  if (trace.actions.length === 0) {
    return (
      <EmptyState title="The trace holds no actions">
        Screenshots, console and network are shown as far as it has them.
      </EmptyState>
    );
  }
  if (notes.length === 0) return null;
  return (
    <p className="border-b border-line bg-flaky-soft px-3 py-1 text-sm text-flaky-text">
      <Name>{`${notes.join("; ")}.`}</Name>
    </p>
  );
}
