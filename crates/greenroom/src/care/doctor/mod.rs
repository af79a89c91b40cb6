//! `doctor`: looks at everything that could be wrong with an installation. Each check is a function with a name; a
//! finding says what is wrong and, where that is not plain, what helps. Nothing is changed unless a repair is asked for.

mod content;
mod database;
mod github;
mod machine;

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::config::Config;
use crate::forge::Forge;
use crate::store::Store;
use serde::Serialize;
use std::pin::Pin;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Name of the check.
    pub check: &'static str,
    /// What is wrong, and what helps.
    pub what: String,
    /// Whether a repair has been done.
    pub repaired: bool,
}

/// What to look at.
pub struct Patient {
    /// Settings.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Content.
    pub blobs: Blobs,
    /// GitHub; `None` where it is not to be asked.
    pub forge: Option<Forge>,
    /// What time it is.
    pub clock: Clock,
    /// Whether everything is read, not only a sample.
    pub is_deep: bool,
    /// Whether what can be mended is.
    pub repairs: bool,
}

/// What a check answers: what is wrong, a line each.
type Found = anyhow::Result<Vec<Said>>;

/// One thing that is wrong.
struct Said {
    what: String,
    repaired: bool,
}

impl From<String> for Said {
    fn from(what: String) -> Said {
        Said { what, repaired: false }
    }
}

type Check = for<'a> fn(&'a Patient) -> Pin<Box<dyn Future<Output = Found> + Send + 'a>>;

/// Every check, in the order in which they are made.
const CHECKS: &[(&str, Check)] = &[
    ("open-network", |patient| Box::pin(machine::open_network(patient))),
    ("retention", |patient| Box::pin(machine::retention(patient))),
    ("disk", |patient| Box::pin(machine::disk(patient))),
    ("file-system", |patient| Box::pin(machine::file_system(patient))),
    ("open-files", |patient| Box::pin(machine::open_files(patient))),
    ("database-integrity", |patient| Box::pin(database::integrity(patient))),
    ("database-engine", |patient| Box::pin(database::engine(patient))),
    ("database-indexes", |patient| Box::pin(database::indexes(patient))),
    ("stuck-leases", |patient| Box::pin(database::stuck_leases(patient))),
    ("given-up", |patient| Box::pin(database::given_up(patient))),
    ("backup-age", |patient| Box::pin(database::backup_age(patient))),
    ("store-id", |patient| Box::pin(content::store_id(patient))),
    ("rows-without-blobs", |patient| Box::pin(content::rows_without_blobs(patient))),
    ("blobs-without-rows", |patient| Box::pin(content::blobs_without_rows(patient))),
    ("hashes", |patient| Box::pin(content::hashes(patient))),
    ("spool-leftovers", |patient| Box::pin(content::spool_leftovers(patient))),
    ("repository-access", |patient| Box::pin(github::repository_access(patient))),
    ("token", |patient| Box::pin(github::token(patient))),
    ("clock", |patient| Box::pin(github::clock(patient))),
];

/// Makes every check; a check that cannot be made is a finding of its own.
pub async fn examine_all(patient: &Patient) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (check, look) in CHECKS {
        match look(patient).await {
            Ok(said) => {
                findings.extend(said.into_iter().map(|said| Finding {
                    check,
                    what: said.what,
                    repaired: said.repaired,
                }));
            }
            Err(error) => {
                findings.push(Finding { check, what: format!("could not be looked at: {error:#}"), repaired: false });
            }
        }
    }
    findings
}

/// Names of all checks.
pub fn check_names() -> Vec<&'static str> {
    CHECKS.iter().map(|(name, _)| *name).collect()
}
