-- Figures of the overview: tests beside runs by day, the same for the default branch alone, and new failures by time.

ALTER TABLE workflow_day ADD COLUMN tests BIGINT NOT NULL DEFAULT 0;
ALTER TABLE workflow_day ADD COLUMN flaky BIGINT NOT NULL DEFAULT 0;

-- As `workflow_day`, of runs on the default branch, without pull requests and forks.
CREATE TABLE default_day (
  workflow_id BIGINT NOT NULL REFERENCES workflow (id),
  day BIGINT NOT NULL,
  succeeded BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  tests BIGINT NOT NULL,
  flaky BIGINT NOT NULL,
  -- Whether the day's last run that passed or failed has failed.
  ended_red BOOLEAN,
  PRIMARY KEY (workflow_id, day)
);

CREATE INDEX failure_new ON failure (at DESC) WHERE novelty = 'new';

UPDATE workflow_day SET
  tests = coalesce((SELECT sum(t.total) FROM run_tests t WHERE t.workflow_id = workflow_day.workflow_id
    AND t.at >= workflow_day.day * 86400000 AND t.at < (workflow_day.day + 1) * 86400000), 0),
  flaky = coalesce((SELECT sum(t.flaky) FROM run_tests t WHERE t.workflow_id = workflow_day.workflow_id
    AND t.at >= workflow_day.day * 86400000 AND t.at < (workflow_day.day + 1) * 86400000), 0);

INSERT INTO default_day (workflow_id, day, succeeded, failed, tests, flaky, ended_red)
SELECT r.workflow_id, r.created_at / 86400000, count(*) FILTER (WHERE r.conclusion = 'success'),
  count(*) FILTER (WHERE r.conclusion IN ('failure', 'timed_out', 'startup_failure')),
  CAST(coalesce(sum(t.total), 0) AS BIGINT), CAST(coalesce(sum(t.flaky), 0) AS BIGINT), NULL
FROM run r JOIN repository o ON o.id = r.repository_id LEFT JOIN run_tests t ON t.run_id = r.id
WHERE r.branch = o.default_branch AND NOT r.fork AND r.event NOT LIKE 'pull_request%'
GROUP BY r.workflow_id, r.created_at / 86400000;

UPDATE default_day SET ended_red = (
  SELECT r.conclusion <> 'success' FROM run r JOIN repository o ON o.id = r.repository_id
  WHERE r.workflow_id = default_day.workflow_id AND r.branch = o.default_branch AND NOT r.fork AND r.event NOT LIKE 'pull_request%'
    AND r.created_at >= default_day.day * 86400000 AND r.created_at < (default_day.day + 1) * 86400000
    AND r.conclusion IN ('success', 'failure', 'timed_out', 'startup_failure')
  ORDER BY r.created_at DESC, r.id DESC LIMIT 1);
