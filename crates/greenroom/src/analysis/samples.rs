//! Made-up executions for the tests of this room: two runs a day, one tree each, on the default branch.

use crate::model::testing::{Execution, TestStatus};
use crate::model::{HOUR_MS, Millis};

/// When the run with this number was created.
pub fn at(run: i64) -> Millis {
    Millis(1_700_000_000_000).plus(run * 12 * HOUR_MS)
}

/// An execution to be; what is not said is ordinary.
pub struct Builder(Execution);

impl Builder {
    /// Of the run with this number.
    pub fn new(run: i64) -> Builder {
        Builder(Execution {
            report_id: run,
            ordinal: 0,
            run_id: run,
            run_number: run,
            attempt: 1,
            workflow_id: 1,
            job_id: None,
            at: at(run),
            tree: format!("tree {run}"),
            head_sha: format!("commit {run}"),
            branch: "main".into(),
            on_default: true,
            fork: false,
            variant: String::new(),
            status: TestStatus::Passed,
            tries: 1,
            duration_ms: Some(100),
            family_id: None,
            guarded: false,
        })
    }

    pub fn tree(mut self, tree: &str) -> Builder {
        self.0.tree = tree.into();
        self
    }

    pub fn variant(mut self, variant: &str) -> Builder {
        self.0.variant = variant.into();
        self.0.report_id += 10_000;
        self
    }

    pub fn workflow(mut self, workflow_id: i64) -> Builder {
        self.0.workflow_id = workflow_id;
        self
    }

    /// In another attempt, which has a report of its own.
    pub fn attempt(mut self, attempt: i64) -> Builder {
        self.0.attempt = attempt;
        self.0.report_id += 1_000 * attempt;
        self
    }

    /// On another branch than the default one.
    pub fn branch(mut self, branch: &str) -> Builder {
        self.0.branch = branch.into();
        self.0.on_default = false;
        self
    }

    pub fn guarded(mut self) -> Builder {
        self.0.guarded = true;
        self
    }

    pub fn fork(mut self) -> Builder {
        self.0.fork = true;
        self
    }

    pub fn pass(self) -> Execution {
        self.0
    }

    pub fn fail(mut self) -> Execution {
        self.0.status = TestStatus::Failed;
        self.0
    }

    pub fn skip(mut self) -> Execution {
        self.0.status = TestStatus::Skipped;
        self.0
    }

    /// Passed after a failing try.
    pub fn flaky(mut self) -> Execution {
        self.0.status = TestStatus::Flaky;
        self.0.tries = 2;
        self.0
    }
}

/// One run a letter, oldest first: `P` passed, `F` failed, `R` passed by a retry in the job, `A` failed and
/// passed in a second attempt, `S` skipped, `G` failed under guard.
pub fn history(letters: &str) -> Vec<Execution> {
    letters
        .chars()
        .zip(1..)
        .flat_map(|(letter, run)| match letter {
            'P' => vec![Builder::new(run).pass()],
            'F' => vec![Builder::new(run).fail()],
            'R' => vec![Builder::new(run).flaky()],
            'A' => vec![Builder::new(run).fail(), Builder::new(run).attempt(2).pass()],
            'S' => vec![Builder::new(run).skip()],
            'G' => vec![Builder::new(run).guarded().fail()],
            letter => panic!("no such letter: {letter}"),
        })
        .collect()
}

/// The moment after the last run of a history.
pub fn end(executions: &[Execution]) -> Millis {
    executions.iter().map(|execution| execution.at).max().unwrap_or(at(0)).plus(HOUR_MS)
}
