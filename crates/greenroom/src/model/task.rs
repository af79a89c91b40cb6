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
}

/// Which workers take a task: requests to the API are paced apart from downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Small requests to the API.
    Metadata,
    /// Artifacts and logs, `MAX_CONCURRENT_DOWNLOADS` at a time.
    Download,
}

impl Lane {
    /// Number in the database.
    pub fn number(self) -> i64 {
        match self {
            Lane::Metadata => 0,
            Lane::Download => 1,
        }
    }
}

impl TaskKind {
    /// Every kind.
    pub const ALL: [TaskKind; 4] = [TaskKind::RunDetails, TaskKind::Recheck, TaskKind::Artifact, TaskKind::Log];

    /// The word used in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskKind::RunDetails => "run",
            TaskKind::Recheck => "recheck",
            TaskKind::Artifact => "artifact",
            TaskKind::Log => "log",
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
        }
    }

    /// Order within the lane, lower first: artifacts before logs, first looks before second ones.
    pub fn priority(self) -> i64 {
        match self {
            TaskKind::RunDetails | TaskKind::Artifact => 0,
            TaskKind::Recheck | TaskKind::Log => 1,
        }
    }
}
