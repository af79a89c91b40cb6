// The endpoints as openapi-fetch wants them: path, parameters and answer of each.
import type { File, FilePage, Job, RefreshResult, RunDetail, RunPage, SyncStatus, ViewUrl, Workflow } from "./types";

interface Answer<Body> {
  responses: { 200: { content: { "application/json": Body } } };
}
type Get<Body, Parameters = unknown> = { get: { parameters: Parameters } & Answer<Body> };

/** The filters every list of runs takes. */
export interface RunsParameters {
  repository?: string;
  status?: string;
  conclusion?: string;
  branch?: string;
  event?: string;
  actor?: string;
  headSha?: string;
  from?: string;
  to?: string;
  q?: string;
  limit?: number;
  cursor?: string;
}

/** The filters of a run's files. */
export interface FilesParameters {
  type?: string;
  artifactId?: number;
  q?: string;
  limit?: number;
  cursor?: string;
}

/** Every endpoint the pages call. */
export interface paths {
  "/api/workflows": Get<Workflow[]>;
  "/api/workflows/{id}": Get<Workflow, { path: { id: number } }>;
  "/api/workflows/{id}/runs": Get<RunPage, { path: { id: number }; query?: RunsParameters }>;
  "/api/runs": Get<RunPage, { query?: RunsParameters }>;
  "/api/runs/{id}": Get<RunDetail, { path: { id: number } }>;
  "/api/runs/{id}/jobs": Get<{ jobs: Job[] }, { path: { id: number }; query?: { attempt?: number } }>;
  "/api/runs/{id}/files": Get<FilePage, { path: { id: number }; query?: FilesParameters }>;
  "/api/files/{id}": Get<File, { path: { id: string } }>;
  "/api/files/{id}/view-url": Get<ViewUrl, { path: { id: string } }>;
  "/api/sync": Get<SyncStatus>;
  "/api/refresh": { post: Answer<RefreshResult> };
}
