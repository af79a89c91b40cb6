// What the page and the test wrote.
import clsx from "clsx";
import { useState } from "react";
import { plainText } from "../../testing/stack";
import { Name } from "../../ui";
import type { Trace, TraceAction } from "../archive/queries";
import { clock, during, toneOf } from "./model";
import { Scope } from "./Scope";

const sources = { page: "", pageError: "uncaught", stdout: "stdout", stderr: "stderr" } as const;

/** The messages. */
export function ConsoleTab({ trace, action }: { trace: Trace; action: TraceAction | null }) {
  const [scope, setScope] = useState("all");
  const all = trace.console;
  const messages =
    scope === "failed"
      ? all.filter((message) => toneOf(message) !== "plain")
      : scope === "action" && action
        ? during(all, (message) => message.timeMs, action, trace.durationMs)
        : all;
  if (all.length === 0) return <p className="px-3 py-4 text-muted">Nothing was written to the console.</p>;
  return (
    <>
      <Scope scope={scope} onScope={setScope} bad="Warnings and errors" hasAction={action !== null} />
      {messages.length === 0 && <p className="px-3 py-4 text-muted">No message is of that kind.</p>}
      <ol className="font-mono text-xs">
        {messages.map((message, at) => {
          const tone = toneOf(message);
          return (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: messages have no names of their own.
              key={at}
              className={clsx(
                "flex flex-wrap gap-x-3 border-b border-line px-3 py-1",
                tone === "error" && "bg-fail-soft text-fail-text",
                tone === "warning" && "bg-flaky-soft text-flaky-text",
              )}
            >
              <span className={clsx("w-16 shrink-0 text-right tabular-nums", tone === "plain" && "text-faint")}>
                {clock(message.timeMs)}
              </span>
              <span className="w-14 shrink-0">
                <Name>{sources[message.source] || message.level}</Name>
              </span>
              <span className="min-w-40 flex-1 break-words whitespace-pre-wrap">
                {plainText(message.text).trimEnd()}
              </span>
              {message.location && (
                <span className="max-w-full break-all opacity-80">
                  <Name>{message.location}</Name>
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}
