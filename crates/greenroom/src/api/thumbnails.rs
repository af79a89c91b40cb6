//! Thumbnails of images. They are made when asked for, few at a time and in a process of their own, and
//! remembered in memory up to a number of bytes: each can be made again from the archive in milliseconds, browsers
//! keep theirs for ever, and nothing has to be written, aged or deleted with the artifact.
//! What a picture may be is `artifact::picture`'s business.

use super::content::{self, Content};
use super::headers::CORP;
use super::media::INERT;
use super::params::{self, Params, ThumbnailParams};
use super::{Answer, Problem, Shared, range};
use crate::reader::{ReaderError, Source};
use artifact::picture::{Refused, Thumbnail};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hashlink::LruCache;
use std::borrow::Cow;
use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Larger images are not read for a thumbnail.
const MAX_SOURCE_BYTES: u64 = 32 << 20;
/// Thumbnails made at a time.
const AT_ONCE: usize = 2;
/// Requests that may wait for their turn.
const MAX_WAITING: usize = 200;
/// Bytes of thumbnails remembered.
const KEPT_BYTES: usize = 32 << 20;
/// What an entry takes besides its picture.
const ENTRY_BYTES: usize = 200;
/// Goes up when the same image is to look different.
const VERSION: u32 = 1;

/// Artifact, ordinal and width.
type Key = (i64, i64, u32);

/// A thumbnail, or why there is none.
type Made = Result<Picture, Refused>;

#[derive(Clone, Debug)]
struct Picture {
    bytes: Bytes,
    media_type: Cow<'static, str>,
}

/// Makes thumbnails and remembers them.
#[derive(Debug)]
pub(super) struct Thumbnails {
    kept: Mutex<Kept>,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct Kept {
    entries: LruCache<Key, Made>,
    bytes: usize,
}

fn cost(made: &Made) -> usize {
    ENTRY_BYTES + made.as_ref().map_or(0, |picture| picture.bytes.len())
}

impl Kept {
    fn put(&mut self, key: Key, made: Made) {
        self.bytes += cost(&made);
        if let Some(before) = self.entries.insert(key, made) {
            self.bytes -= cost(&before);
        }
        while self.bytes > KEPT_BYTES {
            let Some((_, oldest)) = self.entries.remove_lru() else { return };
            self.bytes -= cost(&oldest);
        }
    }
}

impl Default for Thumbnails {
    fn default() -> Self {
        Thumbnails {
            kept: Mutex::new(Kept { entries: LruCache::new_unbounded(), bytes: 0 }),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: AtomicUsize::new(0),
        }
    }
}

/// Counts a request that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Thumbnails {
    fn kept(&self, key: &Key) -> Option<Made> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).entries.get(key).cloned()
    }

    /// The thumbnail, by `make` when it is its turn if it is not remembered.
    async fn get(&self, key: Key, make: impl Future<Output = Answer<Made>> + Send + 'static) -> Answer<Made> {
        if let Some(made) = self.kept(&key) {
            return Ok(made);
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            let detail = "Too many thumbnails are being made right now.";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(2));
        }
        let turn = self.turns.clone().acquire_owned().await.map_err(Problem::internal)?;
        drop(waiting);
        // Another request may have made it meanwhile.
        if let Some(made) = self.kept(&key) {
            return Ok(made);
        }
        let making = tokio::spawn(async move {
            // Kept until it is made, also when the client has gone.
            let _turn = turn;
            make.await
        });
        let made = making.await.map_err(Problem::internal)??;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(key, made.clone());
        Ok(made)
    }
}

impl From<Thumbnail> for Picture {
    fn from(made: Thumbnail) -> Picture {
        Picture { bytes: Bytes::from(made.bytes), media_type: made.media_type }
    }
}

/// A thumbnail of an image.
#[utoipa::path(get, path = "/api/files/{id}/thumbnail", params(("id" = String, Path, description = "`{artifactId}.{ordinal}`."), ThumbnailParams), responses(
    (status = 200, description = "A WebP or JPEG at most that wide, never larger than the image; the first picture of an animation, the top of a very tall page.", body = [u8], content_type = "image/webp"),
    (status = 304, description = "The client has it already."),
    (status = 404, description = "There is no such file, or its artifact is not mirrored.", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Removed by retention.", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "It is none of PNG, JPEG, GIF, WebP and BMP; the file itself may still be shown.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The image is damaged, or larger than is decoded: 8,192 pixels a side, 40 million in all, 32 MB as a file.", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too many are being made; `Retry-After` says when to ask again.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn get_thumbnail(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Params(values): Params<ThumbnailParams>,
    headers: HeaderMap,
) -> Answer<Response> {
    let (artifact_id, ordinal) = params::file_id(&id)?;
    let width = values.width()?;
    let found = shared.store.file(artifact_id, ordinal).await?.ok_or_else(|| Problem::not_found("file"))?;
    let content = content::of_file(&found)?;
    let etag = format!("\"thumbnail-{VERSION}-{width}-{artifact_id}.{ordinal}-{:x}\"", found.crc32);
    if range::is_known(&headers, &etag) {
        return with_headers(StatusCode::NOT_MODIFIED.into_response(), &etag);
    }
    if content.size() > MAX_SOURCE_BYTES {
        return Err(refusal("The image has more bytes than are read for a thumbnail."));
    }
    match shared.thumbnails.get((artifact_id, ordinal, width), make(shared.clone(), content, width)).await? {
        Ok(picture) => {
            let media_type = HeaderValue::try_from(picture.media_type.as_ref()).map_err(Problem::internal)?;
            with_headers(([(header::CONTENT_TYPE, media_type)], picture.bytes).into_response(), &etag)
        }
        Err(refused @ Refused::UnknownFormat) => {
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("No thumbnail of this file: {refused}.")))
        }
        Err(refused) => Err(refusal(format!("No thumbnail of this image: {refused}."))),
    }
}

async fn make(shared: Shared, content: Content, width: u32) -> Answer<Made> {
    let bytes = content::in_memory(&shared.blobs, content).await?;
    match shared.reader.thumbnail(Source::Stream(Box::new(Cursor::new(bytes))), width).await {
        Ok(made) => Ok(made.map(Picture::from)),
        // A picture that ends a decoder was made for it; it need not do so twice.
        Err(ReaderError::Died(_)) => Ok(Err(Refused::Damaged)),
        Err(error) => Err(Problem::not_read(error)),
    }
}

fn refusal(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

fn with_headers(mut response: Response, etag: &str) -> Answer<Response> {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::try_from(etag).map_err(Problem::internal)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(content::FOR_EVER));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(INERT));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    headers.insert(CORP, HeaderValue::from_static("same-origin"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(bytes: usize) -> Made {
        Ok(Picture { bytes: Bytes::from(vec![0; bytes]), media_type: "image/webp".into() })
    }

    #[test]
    fn what_was_not_looked_at_for_longest_is_forgotten_first() {
        let thumbnails = Thumbnails::default();
        let put = |ordinal| thumbnails.kept.lock().unwrap().put((1, ordinal, 320), picture(KEPT_BYTES / 4));
        (0..3).for_each(put);
        assert!(thumbnails.kept(&(1, 0, 320)).is_some());
        put(3);
        assert!(thumbnails.kept(&(1, 1, 320)).is_none(), "the oldest not asked for is gone");
        assert!(thumbnails.kept(&(1, 0, 320)).is_some());
        assert!(thumbnails.kept.lock().unwrap().bytes <= KEPT_BYTES);
    }

    #[test]
    fn refusals_are_remembered_within_the_same_bound() {
        let mut kept = Kept { entries: LruCache::new_unbounded(), bytes: 0 };
        kept.put((1, 1, 160), Err(Refused::Damaged));
        kept.put((1, 1, 160), picture(10));
        assert_eq!(kept.bytes, ENTRY_BYTES + 10);
    }

    #[tokio::test]
    async fn a_queue_that_is_too_long_says_when_to_ask_again() {
        let thumbnails = Thumbnails::default();
        thumbnails.waiting.store(MAX_WAITING, Ordering::Relaxed);
        let refused = thumbnails.get((1, 1, 320), async { Ok(picture(1)) }).await.unwrap_err();
        assert_eq!((refused.status, refused.retry_after), (503, Some(2)));
        assert_eq!(thumbnails.waiting.load(Ordering::Relaxed), MAX_WAITING, "it does not count itself any longer");
    }
}
