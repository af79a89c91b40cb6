-- Reports found in artifacts, and the history of the tests in them. Besides {id} and {bytes}: {keyed} makes a table
-- be stored in the order of its primary key where the engine can (SQLite), and is empty where it cannot.

-- Tree of the head commit; empty where GitHub sent none. Same tree, same code.
ALTER TABLE run ADD COLUMN tree_sha TEXT NOT NULL DEFAULT '';

-- Job whose log names this artifact's upload.
ALTER TABLE artifact ADD COLUMN job_id BIGINT;
-- Version of the readers that looked for reports in it; 0 when none has.
ALTER TABLE artifact ADD COLUMN reports_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX artifact_unread ON artifact (reports_version, id) WHERE state = 'complete';

-- Version of the reader that looked for failures in its log; 0 when none has.
ALTER TABLE job ADD COLUMN log_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX job_unread ON job (log_version, id) WHERE log_state = 'complete';

CREATE TABLE report (
  id {id},
  repository_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL REFERENCES run (id),
  workflow_id BIGINT NOT NULL,
  artifact_id BIGINT NOT NULL REFERENCES artifact (id),
  -- The file it is in; the first one where it is several.
  ordinal BIGINT NOT NULL,
  path TEXT NOT NULL,
  files BIGINT NOT NULL,
  attempt BIGINT,
  job_id BIGINT,
  variant TEXT NOT NULL,
  format TEXT NOT NULL,
  -- 'tests', 'lint' or 'coverage'.
  kind TEXT NOT NULL,
  tool TEXT,
  state TEXT NOT NULL,
  -- JSON list of sentences.
  problems TEXT NOT NULL,
  standing TEXT NOT NULL,
  -- The report that counts instead.
  instead BIGINT,
  -- Its results are in the counters of their tests.
  counted BOOLEAN NOT NULL,
  -- Everything failed at once, or its job was cancelled: no evidence.
  guarded BOOLEAN NOT NULL,
  total BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  flaky BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  dropped BIGINT NOT NULL,
  findings BIGINT NOT NULL,
  duration_ms BIGINT,
  -- JSON, for a coverage report.
  coverage TEXT,
  -- Equal for files with equal bytes.
  content_key BIGINT NOT NULL,
  -- What two reports of one execution are recognised by.
  sketch {bytes} NOT NULL,
  -- Outcome and duration of every test in it, packed: what grids and comparisons read. Derived from `result`.
  cells {bytes} NOT NULL,
  UNIQUE (artifact_id, ordinal)
);
CREATE INDEX report_of_run ON report (run_id, id);

CREATE TABLE test (
  id {id},
  repository_id BIGINT NOT NULL REFERENCES repository (id),
  key {bytes} NOT NULL,
  -- Version of the algorithm that made the key.
  version BIGINT NOT NULL,
  suite TEXT NOT NULL,
  class TEXT,
  name TEXT NOT NULL,
  file TEXT,
  -- Lower-cased words for the text filter.
  search TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  -- 0 when it never failed.
  last_failure_at BIGINT NOT NULL,
  results BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  flaky_results BIGINT NOT NULL,
  -- Results with a duration, and the sum of those.
  timed BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  average_ms BIGINT NOT NULL,
  -- The judgement; null for a test that gave no cause for one: it is judged by its count alone.
  verdict TEXT,
  reason TEXT NOT NULL,
  since BIGINT,
  flake_rate DOUBLE PRECISION NOT NULL,
  score DOUBLE PRECISION NOT NULL,
  recent_failures BIGINT NOT NULL,
  judged_at BIGINT NOT NULL,
  -- Version of the algorithm that judged.
  algorithm BIGINT NOT NULL,
  UNIQUE (repository_id, key)
);
CREATE INDEX test_flakiest ON test (score DESC, id DESC);
CREATE INDEX test_failing ON test (recent_failures DESC, id DESC);
CREATE INDEX test_failed_last ON test (last_failure_at DESC, id DESC);
CREATE INDEX test_slowest ON test (average_ms DESC, id DESC);
CREATE INDEX test_by_name ON test (name, id);
CREATE INDEX test_judged ON test (repository_id, verdict, judged_at) WHERE verdict IS NOT NULL;

-- Keys under which a test was found after it had moved to another file. Deleting a row undoes the merge: the next
-- reading of the artifacts gives the key a test of its own again.
CREATE TABLE test_alias (
  repository_id BIGINT NOT NULL REFERENCES repository (id),
  key {bytes} NOT NULL,
  test_id BIGINT NOT NULL REFERENCES test (id),
  -- The run in which it had moved.
  run_id BIGINT NOT NULL,
  PRIMARY KEY (repository_id, key)
);

CREATE TABLE variant (
  id {id},
  text TEXT NOT NULL UNIQUE
);

-- One row a result, as narrow as can be. Within a report in the order in which results are shown: failed, flaky,
-- skipped, passed, so that the report's counts tell where each begins.
CREATE TABLE result (
  report_id BIGINT NOT NULL,
  test_id BIGINT NOT NULL,
  -- Creation of the run.
  at BIGINT NOT NULL,
  ordinal INTEGER NOT NULL,
  duration_ms INTEGER,
  -- Dimensions of the case itself; 0 for none. Those of the job are in the report.
  variant_id INTEGER NOT NULL,
  -- 0 failed, 1 flaky, 2 skipped, 3 passed.
  status INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  PRIMARY KEY (report_id, ordinal)
) {keyed};
CREATE INDEX result_of_test ON result (test_id, at DESC, report_id DESC);

-- What is kept of a result that did not simply pass.
CREATE TABLE failure (
  report_id BIGINT NOT NULL,
  ordinal INTEGER NOT NULL,
  test_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  status INTEGER NOT NULL,
  family_id BIGINT,
  -- 'new', 'known' or 'flaky', once it is decided; only for failed ones.
  novelty TEXT,
  -- The run that proves the novelty.
  novelty_run BIGINT,
  -- The file it is in.
  file_ordinal BIGINT NOT NULL,
  line BIGINT,
  kind TEXT,
  message TEXT NOT NULL,
  stack TEXT,
  stdout TEXT,
  stderr TEXT,
  -- JSON lists.
  tries TEXT NOT NULL,
  attachments TEXT NOT NULL,
  PRIMARY KEY (report_id, ordinal)
);
CREATE INDEX failure_of_test ON failure (test_id, at DESC);
CREATE INDEX failure_of_family ON failure (family_id, at DESC) WHERE family_id IS NOT NULL;

CREATE TABLE family (
  id {id},
  repository_id BIGINT NOT NULL REFERENCES repository (id),
  key {bytes} NOT NULL,
  -- Version of the algorithm that made the key.
  version BIGINT NOT NULL,
  title TEXT NOT NULL,
  kind TEXT,
  is_global BOOLEAN NOT NULL,
  message TEXT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  first_run_id BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  last_run_id BIGINT NOT NULL,
  runs BIGINT NOT NULL,
  tests BIGINT NOT NULL,
  UNIQUE (repository_id, key)
);
CREATE INDEX family_latest ON family (last_seen_at DESC, id DESC);
CREATE INDEX family_widest ON family (runs DESC, id DESC);

-- In which runs a family occurs.
CREATE TABLE family_run (
  family_id BIGINT NOT NULL REFERENCES family (id),
  run_id BIGINT NOT NULL REFERENCES run (id),
  at BIGINT NOT NULL,
  tests BIGINT NOT NULL,
  -- The run is on the default branch, not by a pull request and not from a fork.
  on_default BOOLEAN NOT NULL,
  PRIMARY KEY (family_id, run_id)
);
CREATE INDEX family_run_on_default ON family_run (family_id) WHERE on_default;
CREATE INDEX family_run_of_run ON family_run (run_id);
CREATE INDEX family_run_latest ON family_run (family_id, at DESC);

-- Failures found in the logs of failed jobs.
CREATE TABLE log_failure (
  job_id BIGINT NOT NULL REFERENCES job (id),
  ordinal BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  line BIGINT NOT NULL,
  kind TEXT,
  tool TEXT,
  test TEXT,
  message TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  family_id BIGINT,
  PRIMARY KEY (job_id, ordinal)
);
CREATE INDEX log_failure_of_run ON log_failure (run_id, job_id, ordinal);

-- Totals of a run, recomputed from its reports.
CREATE TABLE run_tests (
  run_id BIGINT PRIMARY KEY REFERENCES run (id),
  workflow_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  reports BIGINT NOT NULL,
  total BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  flaky BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  state TEXT NOT NULL,
  problem TEXT,
  guarded BOOLEAN NOT NULL,
  -- JSON; null without a coverage report.
  coverage TEXT
);
CREATE INDEX run_tests_of_workflow ON run_tests (workflow_id, at DESC, run_id DESC);
