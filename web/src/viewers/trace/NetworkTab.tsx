// What the page asked for: failed requests first.
import clsx from "clsx";
import { useState } from "react";
import { Bytes, Name, visibleName } from "../../ui";
import { type ArchiveId, entryUrl, type Trace, type TraceAction, type TraceRequest } from "../archive/queries";
import { clock, during, failedFirst, hasFailed, shortUrl } from "./model";
import { Scope } from "./Scope";

const MOST_ROWS = 500;

/** The requests. */
export function NetworkTab({
  trace,
  archive,
  action,
}: {
  trace: Trace;
  archive: ArchiveId;
  action: TraceAction | null;
}) {
  const [scope, setScope] = useState("all");
  const [open, setOpen] = useState<TraceRequest | null>(null);
  const all = trace.requests;
  const requests = failedFirst(
    scope === "failed"
      ? all.filter(hasFailed)
      : scope === "action" && action
        ? during(all, (request) => request.startMs, action, trace.durationMs)
        : all,
  );
  if (all.length === 0) return <p className="px-3 py-4 text-muted">The page asked for nothing over the network.</p>;
  return (
    <>
      <Scope scope={scope} onScope={setScope} bad="Failed" hasAction={action !== null} />
      {requests.length === 0 ? (
        <p className="px-3 py-4 text-muted">No request is of that kind.</p>
      ) : (
        <table className="trace-requests">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Method</th>
              <th scope="col">Address</th>
              <th scope="col" className="trace-wide">
                Type
              </th>
              <th scope="col" className="text-right">
                Size
              </th>
              <th scope="col" className="text-right">
                Took
              </th>
              <th scope="col" className="trace-wide text-right">
                At
              </th>
            </tr>
          </thead>
          <tbody>
            {requests.slice(0, MOST_ROWS).map((request, at) => (
              <RequestRow
                // biome-ignore lint/suspicious/noArrayIndexKey: requests have no names of their own.
                key={at}
                request={request}
                archive={archive}
                isOpen={open === request}
                onOpen={() => setOpen(open === request ? null : request)}
              />
            ))}
          </tbody>
        </table>
      )}
      {requests.length > MOST_ROWS && (
        <p className="px-3 py-2 text-sm text-muted">
          Only the first {MOST_ROWS} are listed; choose an action to see its own.
        </p>
      )}
    </>
  );
}

function RequestRow({
  request,
  archive,
  isOpen,
  onOpen,
}: {
  request: TraceRequest;
  archive: ArchiveId;
  isOpen: boolean;
  onOpen: () => void;
}) {
  const failed = hasFailed(request);
  return (
    <>
      <tr className={clsx(failed && "bg-fail-soft text-fail-text")}>
        <td className="font-medium tabular-nums">
          {request.status ?? (request.failure == null ? "no answer" : "failed")}
        </td>
        <td>
          <Name>{request.method}</Name>
        </td>
        <td className="trace-address">
          <button type="button" aria-expanded={isOpen} title={visibleName(request.url)} onClick={onOpen}>
            <Name>{shortUrl(request.url)}</Name>
          </button>
        </td>
        <td className="trace-wide">
          <Name>{request.resourceType ?? request.mediaType ?? ""}</Name>
        </td>
        <td className="text-right tabular-nums">
          {request.sizeBytes == null ? "" : <Bytes bytes={request.sizeBytes} />}
        </td>
        <td className="text-right tabular-nums">{request.durationMs == null ? "" : clock(request.durationMs)}</td>
        <td className="trace-wide text-right tabular-nums">{clock(request.startMs)}</td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={7} className="trace-request-more">
            <p className="font-mono break-all">
              <Name>{request.url}</Name>
            </p>
            <p className="text-muted">
              <Name>
                {[
                  request.statusText,
                  request.failure,
                  request.mediaType,
                  request.isFulfilled ? "answered by the test itself" : "",
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </Name>
              {request.entry != null && (
                <>
                  {" · "}
                  <a
                    href={entryUrl(archive, request.entry)}
                    target="_blank"
                    rel="noopener noreferrer"
                    className="inline-block py-1"
                  >
                    Show the answer
                  </a>
                </>
              )}
            </p>
          </td>
        </tr>
      )}
    </>
  );
}
