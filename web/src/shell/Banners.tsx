// What everybody should know whatever page they are on: limits, errors, the first sync, no connection.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CloudOff, Hourglass, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { syncQuery } from "../api/client";
import type { SyncStatus } from "../api/types";
import { useConnection } from "../events";
import { formatClock, formatCount } from "../format";
import { ProgressBar, useNow } from "../ui";

/** GitHub's refusal of our token reads differently from any other failure. */
export function errorHint(error: string): string | null {
  return /does not accept the token/.test(error)
    ? "GitHub does not accept the token. Set a valid GITHUB_TOKEN and start Greenroom again; what is here stays readable."
    : null;
}

/** Which of our two sides an error of the collector is about. */
function errorTitle(error: string): string {
  return error.startsWith("content cannot be kept") ? "Downloads are waiting." : "The last check of GitHub failed.";
}

const manyItems = 25;

const phases: Record<string, string> = {
  idle: "Waiting",
  workflows: "Reading workflows",
  runs: "Reading runs",
  jobs: "Reading jobs",
  artifacts: "Fetching artifacts",
  logs: "Fetching logs",
  reports: "Reading test reports and logs",
  limited: "Waiting for GitHub's limit to end",
};

/** The collector's phase in words. */
export function phaseLabel(phase: string): string {
  return phases[phase] ?? phase.replaceAll("_", " ");
}

/** All banners that apply, most pressing first. */
export function Banners() {
  const { data: sync } = useQuery(syncQuery());
  const connection = useConnection();
  return (
    <section aria-label="Notices" className="mx-auto flex w-full max-w-[1440px] flex-col gap-2 px-4 pt-3 empty:hidden">
      {connection === "offline" && (
        <Banner tone="fail" icon={<CloudOff aria-hidden size={16} />}>
          The Greenroom server cannot be reached. What you see is the last that arrived; this page keeps trying.
        </Banner>
      )}
      {sync && <SyncBanners sync={sync} />}
    </section>
  );
}

/** The banners that follow from the collector's own account. */
export function SyncBanners({ sync }: { sync: SyncStatus }) {
  const now = useNow();
  const limitedUntil = sync.rateLimit?.limitedUntil;
  const isLimited = limitedUntil != null && new Date(limitedUntil).getTime() > now - 10_000;
  return (
    <>
      {isLimited && (
        <Banner tone="flaky" icon={<Hourglass aria-hidden size={16} />}>
          GitHub limits us until {formatClock(limitedUntil)}. Collection goes on by itself then; everything collected so
          far can be read.
        </Banner>
      )}
      {sync.lastError && !isLimited && (
        <Banner tone="fail" icon={<TriangleAlert aria-hidden size={16} />}>
          <span className="font-medium">{errorTitle(sync.lastError)}</span>{" "}
          {errorHint(sync.lastError) ?? sync.lastError}{" "}
          <Link to="/sync" className="underline">
            Details
          </Link>
        </Banner>
      )}
      {(sync.state === "initial" || isCatchingUp(sync)) && <Progress sync={sync} />}
    </>
  );
}

/** More than a usual poll brings: the reader should know that pages are not complete yet. */
function isCatchingUp(sync: SyncStatus): boolean {
  return sync.pending >= manyItems && sync.progress.phase !== "idle";
}

function Progress({ sync }: { sync: SyncStatus }) {
  const { phase, done, total } = sync.progress;
  const counts = total > 0 ? `${formatCount(done)} of ${formatCount(total)}` : done > 0 ? formatCount(done) : "";
  const what = sync.state === "initial" ? "First sync" : "Catching up";
  return (
    <div className="rounded-lg border border-line bg-panel px-4 py-2.5">
      <div className="mb-1.5 flex flex-wrap justify-between gap-x-4">
        <span>
          <span className="font-medium">{what}:</span> {phaseLabel(phase)} {counts}
        </span>
        <span className="text-faint">Newest first; you can look around meanwhile</span>
      </div>
      <ProgressBar label={`${what}, ${phaseLabel(phase)}`} done={done} total={total} />
    </div>
  );
}

function Banner({ tone, icon, children }: { tone: "fail" | "flaky"; icon: ReactNode; children: ReactNode }) {
  return (
    <div
      role={tone === "fail" ? "alert" : "status"}
      className={`flex items-start gap-2.5 rounded-lg border px-4 py-2 ${
        tone === "fail" ? "border-fail/50 bg-fail-soft text-fail-text" : "border-flaky/50 bg-flaky-soft text-flaky-text"
      }`}
    >
      <span className="mt-0.5 shrink-0">{icon}</span>
      <div className="min-w-0 break-words">{children}</div>
    </div>
  );
}
