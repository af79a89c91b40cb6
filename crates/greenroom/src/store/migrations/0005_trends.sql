-- What trends and rankings are told from: how long a run waited for its first job, and what a test costs.

-- From the start of the latest attempt to the start of its first job; null until its jobs are known.
ALTER TABLE run ADD COLUMN queue_ms BIGINT;
UPDATE run SET queue_ms = (
  SELECT min(job.started_at) FROM job WHERE job.run_id = run.id AND job.attempt = run.attempt AND job.conclusion <> 'skipped'
) - started_at WHERE run.status = 'completed' AND run.started_at IS NOT NULL;
UPDATE run SET queue_ms = 0 WHERE queue_ms < 0;

-- Worked out with each judgement, from the same executions; 0 for a test that never gave cause for one.
-- Durations of the runs that it disturbed in the last 30 days, together.
ALTER TABLE test ADD COLUMN impact_ms BIGINT NOT NULL DEFAULT 0;
-- How often it turned from passed to failed or back on the default branch.
ALTER TABLE test ADD COLUMN flips BIGINT NOT NULL DEFAULT 0;
-- Share of its executions that failed.
ALTER TABLE test ADD COLUMN fail_rate DOUBLE PRECISION NOT NULL DEFAULT 0;
CREATE INDEX test_costliest ON test (impact_ms DESC, id DESC);
CREATE INDEX test_flipping ON test (flips DESC, id DESC);
CREATE INDEX test_failing_most ON test (fail_rate DESC, id DESC);
