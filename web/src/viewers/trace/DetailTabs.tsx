// What is known about an action and its moment: why it failed, its log, console, network, source and attachments.
import clsx from "clsx";
import type { ReactNode } from "react";
import { formatCount } from "../../format";
import { plainText, withoutMessage } from "../../testing/stack";
import { Bytes, Name } from "../../ui";
import { type ArchiveId, downloadUrl, entryUrl, type Trace, type TraceAction } from "../archive/queries";
import { ConsoleTab } from "./ConsoleTab";
import { clock, endOf, hasFailed, locatorText, toneOf } from "./model";
import { NetworkTab } from "./NetworkTab";
import { SourceTab } from "./SourceTab";

interface Props {
  trace: Trace;
  archive: ArchiveId;
  action: TraceAction | null;
  tab: string | undefined;
  onTab: (tab: string) => void;
}

interface Tab {
  id: string;
  label: string;
  count?: number;
  isBad?: boolean;
  content: () => ReactNode;
}

/** The tabs, and what the chosen one holds. */
export function DetailTabs({ trace, archive, action, tab, onTab }: Props) {
  const tabs = tabsOf(trace, archive, action);
  const chosen = tabs.find((one) => one.id === tab) ?? tabs[0];
  if (!chosen) return null;
  const move = (by: number) => {
    const next = tabs[(tabs.indexOf(chosen) + by + tabs.length) % tabs.length];
    if (!next) return;
    onTab(next.id);
    document.getElementById(`trace-tab-${next.id}`)?.focus();
  };
  return (
    <div className="trace-details">
      <div role="tablist" aria-label="About the action" className="trace-tabs">
        {tabs.map((one) => (
          <button
            key={one.id}
            id={`trace-tab-${one.id}`}
            type="button"
            role="tab"
            aria-selected={one === chosen}
            aria-controls="trace-panel"
            tabIndex={one === chosen ? 0 : -1}
            className={clsx("trace-tab", one === chosen && "is-chosen")}
            onClick={() => onTab(one.id)}
            onKeyDown={(event) => {
              const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              if (by === 0) return;
              event.preventDefault();
              event.stopPropagation();
              move(by);
            }}
          >
            {one.label}
            {one.count !== undefined && one.count > 0 && (
              <span className={clsx("text-xs tabular-nums", one.isBad ? "font-semibold text-fail-text" : "text-faint")}>
                {formatCount(one.count)}
              </span>
            )}
          </button>
        ))}
      </div>
      <div
        id="trace-panel"
        role="tabpanel"
        aria-labelledby={`trace-tab-${chosen.id}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable.
        tabIndex={0}
        className="trace-panel"
      >
        {chosen.content()}
      </div>
    </div>
  );
}

function tabsOf(trace: Trace, archive: ArchiveId, action: TraceAction | null): Tab[] {
  const errors = [...(action?.error ? [action.error] : []), ...trace.errors];
  const badRequests = trace.requests.filter(hasFailed).length;
  const badMessages = trace.console.filter((message) => toneOf(message) === "error").length;
  const frame = action?.stack[0];
  const tabs: (Tab | false)[] = [
    errors.length > 0 && {
      id: "error",
      label: "Error",
      count: errors.length,
      isBad: true,
      content: () => <Errors errors={errors} />,
    },
    action !== null && {
      id: "call",
      label: "Call",
      content: () => <Call action={action} durationMs={trace.durationMs} />,
    },
    action !== null && { id: "log", label: "Log", count: action.log.length, content: () => <Log action={action} /> },
    {
      id: "console",
      label: "Console",
      count: badMessages || trace.console.length,
      isBad: badMessages > 0,
      content: () => <ConsoleTab trace={trace} action={action} />,
    },
    {
      id: "network",
      label: "Network",
      count: badRequests || trace.requests.length,
      isBad: badRequests > 0,
      content: () => <NetworkTab trace={trace} archive={archive} action={action} />,
    },
    frame !== undefined && {
      id: "source",
      label: "Source",
      content: () => <SourceTab key={`${frame.file}:${frame.line}`} stack={action?.stack ?? []} archive={archive} />,
    },
    trace.attachments.length > 0 && {
      id: "attachments",
      label: "Attachments",
      count: trace.attachments.length,
      content: () => <Attachments trace={trace} archive={archive} action={action} />,
    },
  ];
  return tabs.filter((tab) => tab !== false);
}

function Errors({ errors }: { errors: NonNullable<TraceAction["error"]>[] }) {
  return errors.map((error, at) => {
    const message = plainText(error.message).trim();
    const stack = withoutMessage(plainText(error.stack ?? "").trim(), message)
      .replace(/^\n+/, "")
      .trimEnd();
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: errors have no names of their own.
      <div key={at} className="border-b border-line px-3 py-2 last:border-b-0">
        <pre className="font-mono text-sm break-words whitespace-pre-wrap text-fail-text">
          {error.name && !message.startsWith(error.name) ? `${error.name}: ` : ""}
          {message}
        </pre>
        {stack && <pre className="mt-2 font-mono text-xs break-words whitespace-pre-wrap text-muted">{stack}</pre>}
      </div>
    );
  });
}

function Call({ action, durationMs }: { action: TraceAction; durationMs: number }) {
  const facts: [string, string][] = [
    ["call", action.call],
    ["began", clock(action.startMs)],
    ["took", action.endMs == null ? "it did not end" : clock(endOf(action, durationMs) - action.startMs)],
    ...(action.selector ? ([["locator", locatorText(action.selector)]] as [string, string][]) : []),
    ...action.parameters.map(({ name, value }): [string, string] => [name, value]),
  ];
  return (
    <dl className="trace-facts">
      {facts.map(([name, value], at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names of parameters may come twice.
        <div key={at}>
          <dt>
            <Name>{name}</Name>
          </dt>
          <dd>
            <Name>{value}</Name>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Log({ action }: { action: TraceAction }) {
  if (action.log.length === 0)
    return <p className="px-3 py-4 text-muted">Playwright logged nothing for this action.</p>;
  return (
    <ol className="px-3 py-1.5 font-mono text-xs">
      {action.log.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines never move.
        <li key={at} className="flex gap-3 py-0.5">
          <span className="w-16 shrink-0 text-right text-faint tabular-nums">
            {line.timeMs == null ? "" : clock(line.timeMs)}
          </span>
          <span className="min-w-0 break-words whitespace-pre-wrap">{plainText(line.text)}</span>
        </li>
      ))}
    </ol>
  );
}

function Attachments({ trace, archive, action }: { trace: Trace; archive: ArchiveId; action: TraceAction | null }) {
  const own = new Set(action?.attachments ?? []);
  return (
    <ul>
      {trace.attachments.map((attachment, at) => {
        const url = attachment.entry == null ? null : entryUrl(archive, attachment.entry);
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: names may come twice.
            key={at}
            className={clsx(
              "flex flex-wrap items-center gap-x-3 border-b border-line px-3 py-1.5",
              own.has(at) && "bg-selected",
            )}
          >
            {url && attachment.mediaType.startsWith("image/") && (
              <img src={url} alt="" loading="lazy" className="h-10 w-16 rounded border border-line object-cover" />
            )}
            <span className="min-w-0 break-all">
              {url ? (
                <a href={url} target="_blank" rel="noopener noreferrer" className="inline-block py-0.5">
                  <Name>{attachment.name || "attachment"}</Name>
                </a>
              ) : (
                <>
                  <Name>{attachment.name || "attachment"}</Name> <span className="text-faint">is not in the trace</span>
                </>
              )}
            </span>
            <span className="text-sm text-faint">
              <Name>{attachment.mediaType}</Name>
              {attachment.sizeBytes != null && (
                <>
                  {" · "}
                  <Bytes bytes={attachment.sizeBytes} />
                </>
              )}
            </span>
            {url && (
              <a href={downloadUrl(url)} download className="ml-auto inline-block py-0.5 text-sm">
                Download
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
