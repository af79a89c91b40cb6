// An HTML report in its sandbox. The server gives a short-lived address bound to one artifact; the page opens in
// an opaque origin and can reach neither this application nor the network. The bar says that it is untrusted.

import { useQuery } from "@tanstack/react-query";
import { Code, ExternalLink as ExternalIcon, RotateCw, ShieldAlert, Square } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { viewUrlQuery } from "../../api/client";
import type { File, ViewUrl } from "../../api/types";
import { LogView } from "../../log";
import { IconButton } from "../../log/LogToolbar";
import { Button, EmptyState, ErrorState, Name, Skeleton, visibleName } from "../../ui";
import { ViewerFrame } from "../viewerFrame";
import { type Opening, open, stoppedAt } from "./opening";

/** What a report may do; without `allow-same-origin` it belongs to no origin at all. */
export const SANDBOX = "allow-scripts allow-popups allow-forms allow-downloads allow-modals";

/** The address is renewed this long before it expires. */
const RENEW_BEFORE_MS = 60_000;
/** A page that loads for longer than this may be stuck. */
const LATE_MS = 10_000;
/** A page that sends the application this many messages in a second is stopped. */
const MAX_MESSAGES = 1_000;

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
  const [state, setState] = useState<"shown" | keyof typeof reasons>(() => (stoppedAt(file.id) ? "stuck" : "shown"));
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
  const openAgain = () =>
    void refetch().then(({ data: fresh }) => {
      if (fresh) setOpened(fresh);
      setState("shown");
    });

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
            {state === "shown" && shown && (
              <IconButton icon={Square} label="Stop the page" onClick={() => setState("stopped")} />
            )}
            {(outdated || opened) && <IconButton icon={RotateCw} label="Load the page again" onClick={openAgain} />}
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
      {state !== "shown" ? (
        <Stopped why={reasons[state]} onOpen={openAgain} onSource={onSource} />
      ) : error && !shown ? (
        <ErrorState title="The page could not be opened" error={error} onRetry={() => void refetch()} />
      ) : shown ? (
        <Frame key={shown.url} file={file} url={shown.url} onFlood={() => setState("flooding")} />
      ) : (
        <Skeleton rows={8} rowHeight={40} label="Opening the page" />
      )}
    </ViewerFrame>
  );
}

/** The page in its sandbox; says so when it takes long. */
function Frame({ file, url, onFlood }: { file: File; url: string; onFlood: () => void }) {
  const [isLoading, setIsLoading] = useState(true);
  const isLate = useHasPassed(useState(() => new Date(Date.now() + LATE_MS).toISOString())[0]);
  const opening = useRef<Opening>(null);
  useLayoutEffect(() => {
    const own = open(file.id);
    opening.current = own;
    return () => own.closed();
  }, [file.id]);
  useFlood(onFlood);
  return (
    <>
      {isLoading && isLate && (
        <p role="status" className="border-b border-line bg-flaky-soft px-3 py-1 text-sm text-flaky-text">
          The page is still loading and may be stuck. It can be stopped above, or read as source.
        </p>
      )}
      <iframe
        src={url}
        title={`Untrusted page ${visibleName(file.path)}`}
        sandbox={SANDBOX}
        referrerPolicy="no-referrer"
        allow=""
        onLoad={() => {
          setIsLoading(false);
          opening.current?.loaded();
        }}
        className="min-h-0 w-full flex-1 border-0 bg-white"
      />
    </>
  );
}

/** Tells when the application gets more messages than it can answer the reader beside; it listens to none of them. */
function useFlood(onFlood: () => void): void {
  const told = useRef(onFlood);
  told.current = onFlood;
  useEffect(() => {
    let [sent, since] = [0, 0];
    const count = ({ timeStamp }: MessageEvent) => {
      if (timeStamp - since > 1_000) [sent, since] = [0, timeStamp];
      sent += 1;
      // At once: what is drawn later stands behind all further messages.
      if (sent === MAX_MESSAGES) flushSync(() => told.current());
    };
    window.addEventListener("message", count);
    return () => window.removeEventListener("message", count);
  }, []);
}

/** Why a page is not shown. */
const reasons = {
  stopped: { title: "Stopped", about: null },
  stuck: {
    title: "This page was not opened",
    about: "When it was opened here before, everything stopped. It may do so again.",
  },
  flooding: { title: "Stopped", about: "The page sent messages without end, which nothing here listens to." },
} as const;

type Reason = (typeof reasons)[keyof typeof reasons];

function Stopped({ why, onOpen, onSource }: { why: Reason; onOpen: () => void; onSource: () => void }) {
  return (
    <EmptyState
      icon={Square}
      title={why.title}
      action={
        <span className="flex flex-wrap justify-center gap-2">
          <Button onClick={onOpen}>Open the page</Button>
          <Button onClick={onSource}>Show the source</Button>
        </span>
      }
    >
      {why.about}
    </EmptyState>
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
