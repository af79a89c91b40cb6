//! Which database and which file storage belong together. Both keep the same id; where they do not, one of them is
//! the wrong one, and everything that follows (downloads, garbage collection) would do harm: the start is refused.

use crate::blobs::Blobs;
use crate::config::ConfigError;
use crate::store::Store;
use futures::StreamExt;

/// Setting of the database, and note in the file storage.
pub(super) const STORE_ID: &str = "store-id";
/// Name of the note.
const NOTE: &str = "greenroom-store-id";
/// Note that says that a restore into the storage has begun and not ended.
pub(super) const RESTORING: &str = "greenroom-restoring";

/// Sees to it that the database and the file storage belong together: gives both an id where nothing is in them yet.
/// With `adopt` the storage is made the database's, whatever it was before.
///
/// # Errors
/// They do not belong together, which is a [`ConfigError`] that names both, or one of them failed.
pub async fn agree(store: &Store, blobs: &Blobs, adopt: bool) -> anyhow::Result<()> {
    if blobs.note(RESTORING).await?.is_some() {
        return Err(refused("holds a restore that was not finished; run greenroom restore again".into()));
    }
    let (database, storage) = (store.setting(STORE_ID).await?, blobs.note(NOTE).await?);
    match (&database, &storage) {
        (Some(ours), Some(theirs)) if ours == theirs => return Ok(()),
        _ if adopt => {}
        (Some(ours), Some(theirs)) => return Err(refused(different(ours, theirs))),
        (Some(ours), None) if store.names_content().await? => return Err(refused(unmarked(ours))),
        (None, _) if store.is_empty().await? && has_content(blobs).await? => {
            return Err(refused(of_another(storage.as_deref())));
        }
        (None, Some(theirs)) if !store.is_empty().await? => return Err(refused(different("none", theirs))),
        _ => {}
    }
    // The database first: without content it may be ahead of the storage, never the other way round.
    let fresh = storage.unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
    let id = store.set_setting_once(STORE_ID, &fresh).await?;
    blobs.set_note(NOTE, &id).await
}

/// The same without changing anything, for commands that work beside the program.
///
/// # Errors
/// They do not belong together, or one of them failed.
pub async fn belong_together(store: &Store, blobs: &Blobs) -> anyhow::Result<()> {
    if blobs.note(RESTORING).await?.is_some() {
        return Err(refused("holds a restore that was not finished; run greenroom restore again".into()));
    }
    match (store.setting(STORE_ID).await?, blobs.note(NOTE).await?) {
        (Some(ours), Some(theirs)) if ours == theirs => Ok(()),
        (Some(ours), Some(theirs)) => Err(refused(different(&ours, &theirs))),
        (Some(ours), None) => Err(refused(unmarked(&ours))),
        (None, Some(theirs)) => Err(refused(different("none", &theirs))),
        (None, None) => Err(refused(
            "has no store id yet, and neither has the database; start greenroom once, which gives them one".into(),
        )),
    }
}

/// The id of the database, once it has one.
pub(super) async fn id_of(store: &Store) -> anyhow::Result<Option<String>> {
    Ok(store.setting(STORE_ID).await?)
}

/// Makes the file storage the one of this id.
pub(super) async fn mark(blobs: &Blobs, id: &str) -> anyhow::Result<()> {
    blobs.set_note(NOTE, id).await
}

/// Whether there is any blob.
pub(super) async fn has_content(blobs: &Blobs) -> anyhow::Result<bool> {
    Ok(blobs.list().await?.next().await.transpose()?.is_some())
}

fn refused(problem: String) -> anyhow::Error {
    ConfigError { setting: "FILE_STORAGE_PATH".into(), problem }.into()
}

const WAY_OUT: &str = "point DATABASE_URL and FILE_STORAGE_PATH to what belongs together; if this is meant, start once \
                       with ADOPT_STORAGE=true";

fn different(ours: &str, theirs: &str) -> String {
    format!("belongs to another database: its store id is {theirs}, that of the database is {ours}; {WAY_OUT}")
}

fn unmarked(ours: &str) -> String {
    format!(
        "holds no greenroom-store-id, but the database (store id {ours}) names content in it: it is the wrong place, or \
         not mounted; {WAY_OUT}"
    )
}

fn of_another(theirs: Option<&str>) -> String {
    let theirs = theirs.map_or_else(|| "no store id".to_owned(), |id| format!("store id {id}"));
    format!("holds content ({theirs}), but the database is empty: it is the wrong one, or was lost; {WAY_OUT}")
}
