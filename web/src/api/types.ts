// The shapes of the HTTP API, as the pages use them.

/** The life of a run or job as GitHub tells it; values GitHub adds later arrive as plain text. */
export type Status = string;

/** The outcome of a completed run or job; null while it is not completed. */
export type Conclusion = string | null;

/** How far the mirror has got with the content of a run. */
export type ProcessingState = "pending" | "processing" | "processed" | "failed";

/** Counts of what a run's artifacts hold. */
export interface RunSummary {
  artifacts: number;
  files: number;
  images: number;
  json: number;
  text: number;
  binary: number;
  sizeBytes: number;
}

/** One workflow run, in its newest attempt. */
export interface Run {
  id: number;
  repository: string;
  workflowId: number;
  workflowName: string;
  runNumber: number;
  attempt: number;
  title: string;
  event: string;
  status: Status;
  conclusion: Conclusion;
  branch: string | null;
  headSha: string;
  commit: { sha: string; message: string | null; author: string | null } | null;
  actor: string | null;
  pullRequests: number[];
  fork: boolean;
  createdAt: string;
  startedAt: string | null;
  updatedAt: string;
  durationMs: number | null;
  htmlUrl: string;
  deletedUpstream: boolean;
  processing: { state: ProcessingState; error: string | null; attempts: number; nextRetryAt: string | null };
  summary: RunSummary;
}

/** One attempt of a run. */
export interface Attempt {
  attempt: number;
  status: Status;
  conclusion: Conclusion;
  startedAt: string | null;
  updatedAt: string | null;
  durationMs: number | null;
}

/** How far the mirror has got with an artifact, and why it stopped. */
export type ArtifactState =
  | "pending"
  | "fetching"
  | "complete"
  | "failed"
  | "rejected"
  | "expired"
  | "gone"
  | "skipped"
  | "quarantined"
  | "deleted";

/** One artifact of a run. */
export interface Artifact {
  id: number;
  runId: number;
  attempt: number | null;
  name: string;
  sizeBytes: number;
  digest: string | null;
  expired: boolean;
  createdAt: string | null;
  expiresAt: string | null;
  fileCount: number;
  state: ArtifactState;
  reason: string | null;
}

/** A run with what hangs below it. */
export interface RunDetail extends Run {
  attempts: Attempt[];
  artifacts: Artifact[];
}

/** One step of a job. */
export interface Step {
  number: number;
  name: string;
  status: Status;
  conclusion: Conclusion;
  startedAt: string | null;
  completedAt: string | null;
}

/** One job of one attempt. */
export interface Job {
  id: number;
  attempt: number;
  name: string;
  status: Status;
  conclusion: Conclusion;
  createdAt: string | null;
  startedAt: string | null;
  completedAt: string | null;
  runnerName: string | null;
  labels: string[];
  htmlUrl: string | null;
  steps: Step[];
  log: { state: string; sizeBytes: number | null; reason?: string | null };
}

/** What kind of viewer a file asks for. */
export type FileType = "image" | "json" | "text" | "binary";

/** One file inside an artifact. */
export interface File {
  /** "{artifactId}.{ordinal}". */
  id: string;
  runId: number;
  artifactId: number;
  artifactName: string;
  path: string;
  /** The raw bytes of the name, only where they are not valid UTF-8. */
  pathBase64?: string | null;
  sizeBytes: number;
  compressedBytes: number;
  type: FileType;
  mediaType: string;
  flags: string[];
  /** Where the exact bytes are served. */
  url: string;
}

/** One bar of a workflow's run strip. */
export interface RecentRun {
  id: number;
  runNumber: number;
  attempt: number;
  status: Status;
  conclusion: Conclusion;
  createdAt: string;
  durationMs: number | null;
}

/** A workflow's figures over a window of days. */
export interface WorkflowStats {
  windowDays: number;
  totalRuns: number;
  succeeded: number;
  failed: number;
  successRate: number | null;
  averageDurationMs: number | null;
  p50DurationMs: number | null;
  p95DurationMs: number | null;
}

/** One workflow with its latest run. */
export interface Workflow {
  id: number;
  repository: string;
  name: string;
  path: string;
  state: string;
  htmlUrl: string | null;
  badgeUrl: string | null;
  latestRun: Run | null;
  stats: WorkflowStats;
  recentRuns: RecentRun[];
}

/** A page of runs. */
export interface RunPage {
  runs: Run[];
  nextCursor: string | null;
  total: number;
  /** False where counting stopped because there are too many. */
  totalIsExact?: boolean;
}

/** A page of files. */
export interface FilePage {
  files: File[];
  nextCursor: string | null;
  total: number;
}

/** What the collector is doing. */
export type SyncState = "empty" | "initial" | "operational" | "refreshing";

/** One thing that could not be mirrored yet. */
export interface FailedItem {
  kind: string;
  id: string | number;
  reason: string;
  attempts: number;
  nextRetryAt: string | null;
}

/** The collector's own account of itself. */
export interface SyncStatus {
  state: SyncState;
  startedAt: string | null;
  lastSyncAt: string | null;
  nextPollAt: string | null;
  lastError: string | null;
  pending: number;
  progress: { phase: string; done: number; total: number } | null;
  rateLimit: {
    limit: number | null;
    remaining: number | null;
    resetAt: string | null;
    limitedUntil: string | null;
  } | null;
  failed: FailedItem[];
}

/** The answer of a finished refresh. */
export interface RefreshResult {
  success: boolean;
  timestamp?: string;
  summary?: { newRuns: number; updatedRuns: number; newFiles: number; updatedWorkflows: number };
  error?: string;
}

/** A short-lived address under which an HTML report opens in its sandbox. */
export interface ViewUrl {
  url: string;
  expiresAt: string;
}

/** An RFC 9457 problem. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
}
