-- The whole schema of the first release. Portable subset (ARCHITECTURE.md, "One SQL text"); two tokens are
-- replaced per engine: {id} (generated key) and {bytes} (binary column). Times are milliseconds since the epoch.

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE repository (
  id BIGINT PRIMARY KEY,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  html_url TEXT NOT NULL,
  default_branch TEXT NOT NULL,
  private BOOLEAN NOT NULL,
  -- The first sync has listed all runs of its window.
  initial_done BOOLEAN NOT NULL,
  -- What the first sync listed has been fetched, or failed and waits for its next try.
  mirrored BOOLEAN NOT NULL,
  last_sync_at BIGINT,
  last_error TEXT,
  -- Page at which the rolling sweep goes on.
  sweep_page BIGINT NOT NULL,
  -- Highest artifact id whose listing was followed to its end.
  newest_artifact BIGINT NOT NULL,
  -- One process at a time polls a repository.
  poll_owner TEXT,
  poll_until BIGINT NOT NULL
);

CREATE TABLE workflow (
  id BIGINT PRIMARY KEY,
  repository_id BIGINT NOT NULL REFERENCES repository (id),
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  state TEXT NOT NULL,
  html_url TEXT NOT NULL,
  badge_url TEXT NOT NULL,
  created_at BIGINT,
  updated_at BIGINT
);
CREATE INDEX workflow_repository ON workflow (repository_id, id);

CREATE TABLE run (
  id BIGINT PRIMARY KEY,
  repository_id BIGINT NOT NULL REFERENCES repository (id),
  workflow_id BIGINT NOT NULL REFERENCES workflow (id),
  workflow_name TEXT NOT NULL,
  run_number BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  title TEXT NOT NULL,
  event TEXT NOT NULL,
  status TEXT NOT NULL,
  conclusion TEXT,
  branch TEXT NOT NULL,
  head_sha TEXT NOT NULL,
  commit_message TEXT NOT NULL,
  commit_author TEXT NOT NULL,
  actor TEXT NOT NULL,
  pull_requests TEXT NOT NULL,
  fork BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  updated_at BIGINT NOT NULL,
  -- Latest completion among the jobs of the latest attempt; null until those are known.
  completed_at BIGINT,
  duration_ms BIGINT,
  html_url TEXT NOT NULL,
  deleted_upstream BOOLEAN NOT NULL,
  -- When jobs and artifacts of this attempt and status were fetched; null when that is still to do.
  details_at BIGINT,
  -- Lower-cased words for the text filter, at most 400 characters.
  search TEXT NOT NULL
);
CREATE INDEX run_newest ON run (created_at DESC, id DESC, search);
CREATE INDEX run_of_workflow ON run (workflow_id, created_at DESC, id DESC);
CREATE INDEX run_of_repository ON run (repository_id, created_at DESC, id DESC);
CREATE INDEX run_of_branch ON run (branch, created_at DESC, id DESC);
CREATE INDEX run_of_workflow_branch ON run (workflow_id, branch, created_at DESC, id DESC);
CREATE INDEX run_of_event ON run (event, created_at DESC, id DESC);
CREATE INDEX run_of_actor ON run (actor, created_at DESC, id DESC);
CREATE INDEX run_of_commit ON run (head_sha, created_at DESC, id DESC);
CREATE INDEX run_of_status ON run (status, created_at DESC, id DESC);
CREATE INDEX run_of_conclusion ON run (conclusion, created_at DESC, id DESC);
CREATE INDEX run_of_workflow_conclusion ON run (workflow_id, conclusion, created_at DESC, id DESC);
CREATE INDEX run_unfinished ON run (repository_id, created_at DESC) WHERE status <> 'completed';
CREATE INDEX run_without_details ON run (repository_id, created_at DESC) WHERE details_at IS NULL;

-- One row a workflow and UTC day of creation, recomputed from `run` whenever a run of it changes.
CREATE TABLE workflow_day (
  workflow_id BIGINT NOT NULL REFERENCES workflow (id),
  day BIGINT NOT NULL,
  runs BIGINT NOT NULL,
  succeeded BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  timed BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  PRIMARY KEY (workflow_id, day)
);

CREATE TABLE attempt (
  run_id BIGINT NOT NULL REFERENCES run (id),
  attempt BIGINT NOT NULL,
  status TEXT NOT NULL,
  conclusion TEXT,
  started_at BIGINT,
  updated_at BIGINT NOT NULL,
  duration_ms BIGINT,
  PRIMARY KEY (run_id, attempt)
);

CREATE TABLE job (
  id BIGINT PRIMARY KEY,
  run_id BIGINT NOT NULL REFERENCES run (id),
  attempt BIGINT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  conclusion TEXT,
  created_at BIGINT,
  started_at BIGINT,
  completed_at BIGINT,
  runner_name TEXT NOT NULL,
  labels TEXT NOT NULL,
  html_url TEXT NOT NULL,
  steps TEXT NOT NULL,
  log_state TEXT NOT NULL,
  log_reason TEXT,
  log_bytes BIGINT,
  log_blob TEXT,
  -- When the job ended: what retention goes by.
  log_content_at BIGINT
);
CREATE INDEX job_of_run ON job (run_id, attempt, id);
CREATE INDEX job_stored ON job (log_content_at) WHERE log_blob IS NOT NULL;

CREATE TABLE artifact (
  id BIGINT PRIMARY KEY,
  repository_id BIGINT NOT NULL REFERENCES repository (id),
  run_id BIGINT NOT NULL REFERENCES run (id),
  attempt BIGINT,
  name TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  digest TEXT,
  expired BOOLEAN NOT NULL,
  created_at BIGINT,
  expires_at BIGINT,
  state TEXT NOT NULL,
  reason TEXT,
  -- Where the bytes are, once they are ours; null before, and after retention.
  blob TEXT,
  blob_bytes BIGINT,
  blob_sha256 TEXT,
  -- 'zip' or 'single' (one file uploaded without an archive).
  form TEXT,
  -- When the content was made: what retention goes by.
  content_at BIGINT,
  files BIGINT NOT NULL,
  images BIGINT NOT NULL,
  json BIGINT NOT NULL,
  text BIGINT NOT NULL,
  binary_files BIGINT NOT NULL,
  file_bytes BIGINT NOT NULL
);
CREATE INDEX artifact_of_run ON artifact (run_id, id DESC);
CREATE INDEX artifact_stored ON artifact (content_at) WHERE blob IS NOT NULL;
CREATE INDEX artifact_unfinished ON artifact (repository_id, id) WHERE state IN ('pending', 'fetching', 'failed');

CREATE TABLE file (
  artifact_id BIGINT NOT NULL REFERENCES artifact (id),
  ordinal BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  path TEXT NOT NULL,
  -- Raw bytes of the name, where it is not valid UTF-8.
  raw_path {bytes},
  size_bytes BIGINT NOT NULL,
  compressed_bytes BIGINT NOT NULL,
  -- ZIP compression method: 0 stored, 8 deflated.
  method BIGINT NOT NULL,
  -- Where the entry's compressed bytes begin inside the blob.
  data_offset BIGINT NOT NULL,
  crc32 BIGINT NOT NULL,
  type TEXT NOT NULL,
  media_type TEXT NOT NULL,
  -- Space-separated words.
  flags TEXT NOT NULL,
  PRIMARY KEY (artifact_id, ordinal)
);
CREATE INDEX file_of_run ON file (run_id, artifact_id DESC, ordinal);

CREATE TABLE task (
  id {id},
  kind TEXT NOT NULL,
  subject BIGINT NOT NULL,
  repository_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  -- Lower first; within it the higher position (newest run) first.
  priority BIGINT NOT NULL,
  position BIGINT NOT NULL,
  -- Grows each time the task is asked for: finishing one request does not lose a later one.
  requested BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  -- Given up: only a manual refresh brings it back.
  dead BOOLEAN NOT NULL,
  reason TEXT,
  owner TEXT,
  epoch BIGINT NOT NULL,
  leased_until BIGINT NOT NULL,
  UNIQUE (kind, subject)
);
CREATE INDEX task_next ON task (lane, priority, position DESC) WHERE NOT dead;
CREATE INDEX task_of_run ON task (run_id);
CREATE INDEX task_failed ON task (due_at) WHERE reason IS NOT NULL;

-- Validators of conditional requests, per token and URL. Written after what they stand for is committed.
CREATE TABLE etag (
  token TEXT NOT NULL,
  url TEXT NOT NULL,
  etag TEXT NOT NULL,
  -- A 304 carries neither: whether a further page followed, and the oldest creation time on the page.
  has_next BOOLEAN NOT NULL,
  oldest BIGINT,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (token, url)
);
