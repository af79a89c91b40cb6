// An HTML report in its sandbox. The server gives a short-lived address bound to one artifact; the page opens in
// an opaque origin and can reach neither this application nor the network. The bar says that it is untrusted.

import { useQuery } from "@tanstack/react-query";
import { Code, ExternalLink as ExternalIcon, RotateCw, ShieldAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { viewUrlQuery } from "../../api/client";
import type { File, ViewUrl } from "../../api/types";
import { LogView } from "../../log";
import { IconButton } from "../../log/LogToolbar";
import { Button, ErrorState, Name, Skeleton, visibleName } from "../../ui";
import { ViewerFrame } from "../viewerFrame";

/** What a report may do; without `allow-same-origin` it belongs to no origin at all. */
export const SANDBOX = "allow-scripts allow-popups allow-forms allow-downloads allow-modals";

/** The address is renewed this long before it expires. */
const RENEW_BEFORE_MS = 60_000;

/** An HTML file. */
export function HtmlView({ file }: { file: File }) {
  const [source, setSource] = useState(() => window.location.hash.startsWith("#L"));
  if (source) {
    return (
      <LogView url={file.url} label={file.path} kind="text" sizeBytes={file.sizeBytes}>
        <Button onClick={() => setSource(false)}>Show the page</Button>
      </LogView>
    );
  }
  return <Report file={file} onSource={() => setSource(true)} />;
}

/** How long the present address can still be used before it should be asked anew. */
export function renewInMs({ expiresAt }: ViewUrl, nowMs: number): number {
  const left = new Date(expiresAt).getTime() - nowMs - RENEW_BEFORE_MS;
  return Number.isNaN(left) ? RENEW_BEFORE_MS : Math.max(5_000, left);
}

function Report({ file, onSource }: { file: File; onSource: () => void }) {
  const { data, error, refetch } = useQuery({
    ...viewUrlQuery(file.id),
    refetchInterval: (query) => (query.state.data ? renewInMs(query.state.data, Date.now()) : false),
  });
  // The page keeps the address it was opened with: a new one would throw away what the reader did in it.
  const [opened, setOpened] = useState<ViewUrl | null>(null);
  const shown = opened ?? data ?? null;
  useEffect(() => {
    if (data) setOpened((before) => before ?? data);
  }, [data]);
  const outdated = useHasPassed(shown?.expiresAt);

  return (
    <ViewerFrame
      label={file.path}
      bar={
        <>
          <ShieldAlert aria-hidden size={15} className="ml-1 text-flaky-text" />
          <span className="min-w-0 text-sm text-muted">
            Untrusted page from the artifact <Name>{file.artifactName}</Name>, shut in a sandbox.
            {outdated && " Its address has expired, so what it has not loaded yet is missing."}
          </span>
          <div className="ml-auto flex items-center gap-1">
            {(outdated || opened) && (
              <IconButton
                icon={RotateCw}
                label="Load the page again"
                onClick={() => void refetch().then(({ data: fresh }) => fresh && setOpened(fresh))}
              />
            )}
            <IconButton icon={Code} label="Show the source" onClick={onSource}>
              Source
            </IconButton>
            {data && (
              <a
                href={data.url}
                target="_blank"
                rel="noopener noreferrer"
                className="inline-flex h-7 items-center gap-1 rounded-md px-2 text-sm text-muted hover:bg-raised"
              >
                <ExternalIcon aria-hidden size={14} /> Open in a tab
              </a>
            )}
          </div>
        </>
      }
    >
      {error && !shown ? (
        <ErrorState title="The page could not be opened" error={error} onRetry={() => void refetch()} />
      ) : shown ? (
        <iframe
          key={shown.url}
          src={shown.url}
          title={`Untrusted page ${visibleName(file.path)}`}
          sandbox={SANDBOX}
          referrerPolicy="no-referrer"
          allow=""
          className="min-h-0 w-full flex-1 border-0 bg-white"
        />
      ) : (
        <Skeleton rows={8} rowHeight={40} label="Opening the page" />
      )}
    </ViewerFrame>
  );
}

function useHasPassed(moment: string | undefined): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    setPassed(false);
    if (moment === undefined) return;
    const timer = setTimeout(() => setPassed(true), Math.max(0, new Date(moment).getTime() - Date.now()));
    return () => clearTimeout(timer);
  }, [moment]);
  return passed;
}
