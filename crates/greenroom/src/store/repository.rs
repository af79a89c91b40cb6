//! Mirrored repositories and where collection of each stands: who polls it, what was listed, and
//! the validators of the pages seen.

use super::{Result, Store, on, write_on};
use crate::model::{Millis, upstream};

/// A mirrored repository and where collection of it stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    /// GitHub's id.
    pub id: i64,
    /// Login of the owner.
    pub owner: String,
    /// Name.
    pub name: String,
    /// Whether the first sync has listed everything.
    pub initial_done: bool,
    /// Whether what the first sync listed has been fetched, or failed and waits for its next try.
    pub mirrored: bool,
    /// Page at which the rolling sweep goes on.
    pub sweep_page: i64,
    /// Highest artifact id whose listing was followed to its end.
    pub newest_artifact: i64,
}

/// What is remembered of a page of a listing, besides its items.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Validator {
    /// GitHub's `ETag`.
    pub etag: String,
    /// Whether a further page followed.
    pub has_next: bool,
    /// Oldest creation time on the page, in ms.
    pub oldest: Option<i64>,
}
impl Store {
    /// Writes a repository; a rename changes its names only.
    pub async fn record_repository(&self, repository: &upstream::Repository) -> Result<()> {
        let before: Option<String> = write_on!(self, db => {
            sqlx::query_scalar("SELECT default_branch FROM repository WHERE id = $1").bind(repository.id).fetch_optional(db).await?
        });
        write_on!(self, db => {
            sqlx::query(
                "INSERT INTO repository (id, owner, name, html_url, default_branch, private, initial_done, mirrored, sweep_page, newest_artifact, poll_until) \
                 VALUES ($1, $2, $3, $4, $5, $6, FALSE, FALSE, 2, 0, 0) \
                 ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, name = excluded.name, html_url = excluded.html_url, \
                 default_branch = excluded.default_branch, private = excluded.private",
            )
            .bind(repository.id).bind(&repository.owner).bind(&repository.name).bind(&repository.html_url)
            .bind(&repository.default_branch).bind(repository.private).execute(db).await?;
        });
        if before.is_some_and(|before| before != repository.default_branch) {
            self.recompute_repository(repository.id).await?;
        }
        Ok(())
    }

    /// Where collection of a repository stands.
    pub async fn stored_repository(&self, id: i64) -> Result<Option<Stored>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, owner, name, initial_done, mirrored, sweep_page, newest_artifact FROM repository WHERE id = $1")
                .bind(id).fetch_optional(db).await?
        }))
    }

    /// A repository by its last known name, ignoring case as GitHub does.
    pub async fn repository_named(&self, owner: &str, name: &str) -> Result<Option<Stored>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT id, owner, name, initial_done, mirrored, sweep_page, newest_artifact FROM repository \
                            WHERE lower(owner) = lower($1) AND lower(name) = lower($2) ORDER BY id DESC LIMIT 1")
                .bind(owner).bind(name).fetch_optional(db).await?
        }))
    }

    /// Takes or keeps the right to poll a repository until `until`; false when another process has it.
    pub async fn take_poll_lease(&self, repository_id: i64, owner: &str, now: Millis, until: Millis) -> Result<bool> {
        let rows = write_on!(self, db => {
            sqlx::query("UPDATE repository SET poll_owner = $1, poll_until = $2 WHERE id = $3 AND (poll_owner = $1 OR poll_until <= $4)")
                .bind(owner).bind(until.0).bind(repository_id).bind(now.0).execute(db).await?.rows_affected()
        });
        Ok(rows == 1)
    }

    /// Lets another process poll the repository.
    pub async fn release_poll_lease(&self, repository_id: i64, owner: &str) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE repository SET poll_owner = NULL, poll_until = 0 WHERE id = $1 AND poll_owner = $2")
                .bind(repository_id).bind(owner).execute(db).await?;
        });
        Ok(())
    }

    /// Notes how a check of a repository ended.
    pub async fn record_check(&self, repository_id: i64, at: Millis, error: Option<&str>) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE repository SET last_error = $1, last_sync_at = CASE WHEN $1 IS NULL THEN $2 ELSE last_sync_at END WHERE id = $3")
                .bind(error).bind(at.0).bind(repository_id).execute(db).await?;
        });
        Ok(())
    }

    /// Notes that the first sync has listed everything.
    pub async fn record_initial_done(&self, repository_id: i64) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE repository SET initial_done = TRUE WHERE id = $1").bind(repository_id).execute(db).await?;
        });
        Ok(())
    }

    /// Notes that the first sync is over for every repository whose first listing has ended.
    pub async fn record_mirrored(&self) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE repository SET mirrored = TRUE WHERE initial_done AND NOT mirrored").execute(db).await?;
        });
        Ok(())
    }

    /// Notes the page at which the rolling sweep goes on.
    pub async fn record_sweep_page(&self, repository_id: i64, page: i64) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE repository SET sweep_page = $1 WHERE id = $2").bind(page).bind(repository_id).execute(db).await?;
        });
        Ok(())
    }

    /// Notes that all artifacts up to this id have been listed.
    pub async fn record_newest_artifact(&self, repository_id: i64, artifact_id: i64) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("UPDATE repository SET newest_artifact = $1 WHERE id = $2 AND newest_artifact < $1")
                .bind(artifact_id).bind(repository_id).execute(db).await?;
        });
        Ok(())
    }

    /// What is remembered of a page answered before.
    pub async fn validator(&self, token: &str, url: &str) -> Result<Option<Validator>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT etag, has_next, oldest FROM etag WHERE token = $1 AND url = $2").bind(token).bind(url).fetch_optional(db).await?
        }))
    }

    /// Remembers a page; what it stands for must be committed before. Without a validator the page
    /// is forgotten.
    pub async fn record_validator(
        &self,
        token: &str,
        url: &str,
        validator: Option<&Validator>,
        now: Millis,
    ) -> Result<()> {
        write_on!(self, db => {
            match validator {
                Some(validator) => sqlx::query(
                    "INSERT INTO etag (token, url, etag, has_next, oldest, seen_at) VALUES ($1, $2, $3, $4, $5, $6) \
                     ON CONFLICT (token, url) DO UPDATE SET etag = excluded.etag, has_next = excluded.has_next, oldest = excluded.oldest, seen_at = excluded.seen_at",
                )
                .bind(token).bind(url).bind(&validator.etag).bind(validator.has_next).bind(validator.oldest).bind(now.0).execute(db).await?,
                None => sqlx::query("DELETE FROM etag WHERE token = $1 AND url = $2").bind(token).bind(url).execute(db).await?,
            };
        });
        Ok(())
    }

    /// Forgets validators that nobody has renewed since `before`.
    pub async fn forget_etags(&self, before: Millis) -> Result<()> {
        write_on!(self, db => {
            sqlx::query("DELETE FROM etag WHERE seen_at < $1").bind(before.0).execute(db).await?;
        });
        Ok(())
    }
}
