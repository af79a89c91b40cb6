//! Care for what is kept: collects garbage, so that in the end exactly the blobs exist that rows name; mends
//! what was damaged; says when there is no room for more; refuses a storage that belongs to another database. Nothing here
//! decides how long content is kept; that is `retention`.

mod backup;
pub mod doctor;
mod garbage;
mod identity;
mod mend;
mod purge;
mod room;

pub use backup::{Made, Restored, make as make_backup, restore as restore_backup, verify as verify_backup};
pub use garbage::{DEFAULT_GRACE, Garbage, Swept};
pub use identity::{agree, belong_together};
pub use mend::{Condition, Mender, examine};
pub use purge::{Leak, PurgedContent, purge};
pub use room::Room;

use crate::blobs::{BlobKey, Subject};

/// Whether a blob is an artifact's, and the id of the artifact or job.
fn parts(key: &BlobKey) -> (bool, i64) {
    match key.subject() {
        Subject::Artifact(id) => (true, id),
        Subject::Log(id) => (false, id),
    }
}
