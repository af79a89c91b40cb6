//! The kinds of durable work. Adding one is adding a variant here and its arm in `ingest`.

/// A kind of task. Its subject is a GitHub id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// Attempts, jobs and artifacts of a run (subject: run).
    RunDetails,
    /// The same again some time after a run ended, for what GitHub shows late (subject: run).
    Recheck,
    /// Content of an artifact (subject: artifact).
    Artifact,
    /// Log of a job (subject: job).
    Log,
    /// Test reports in a mirrored artifact (subject: artifact).
    Reports,
    /// Failures in the mirrored log of a job (subject: job).
    LogFailures,
    /// What a run's reports mean together (subject: run).
    Tests,
}

/// Which workers take a task: requests to the API are paced apart from downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Small requests to the API.
    Metadata,
    /// Artifacts and logs, `MAX_CONCURRENT_DOWNLOADS` at a time.
    Download,
    /// What is mirrored already; nothing is asked of GitHub.
    Reading,
}

impl Lane {
    /// Number in the database.
    pub fn number(self) -> i64 {
        match self {
            Lane::Metadata => 0,
            Lane::Download => 1,
            Lane::Reading => 2,
        }
    }
}

impl TaskKind {
    /// Every kind.
    pub const ALL: [TaskKind; 7] = [
        TaskKind::RunDetails,
        TaskKind::Recheck,
        TaskKind::Artifact,
        TaskKind::Log,
        TaskKind::Reports,
        TaskKind::LogFailures,
        TaskKind::Tests,
    ];

    /// The word used in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskKind::RunDetails => "run",
            TaskKind::Recheck => "recheck",
            TaskKind::Artifact => "artifact",
            TaskKind::Log => "log",
            TaskKind::Reports => "reports",
            TaskKind::LogFailures => "log-failures",
            TaskKind::Tests => "tests",
        }
    }

    /// Reads [`TaskKind::as_str`].
    pub fn from_word(word: &str) -> Option<TaskKind> {
        TaskKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Who takes it.
    pub fn lane(self) -> Lane {
        match self {
            TaskKind::RunDetails | TaskKind::Recheck => Lane::Metadata,
            TaskKind::Artifact | TaskKind::Log => Lane::Download,
            TaskKind::Reports | TaskKind::LogFailures | TaskKind::Tests => Lane::Reading,
        }
    }

    /// Order within the lane, lower first: artifacts before logs, first looks before second ones. What a run's
    /// reports mean is told run by run, newest first, not after all reports of all runs.
    pub fn priority(self) -> i64 {
        match self {
            TaskKind::RunDetails | TaskKind::Artifact | TaskKind::Reports | TaskKind::Tests => 0,
            TaskKind::Recheck | TaskKind::Log | TaskKind::LogFailures => 1,
        }
    }
}
