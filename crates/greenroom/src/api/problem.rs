//! Errors as clients see them: `application/problem+json` with a kind sentence, never internals.

use crate::reader::ReaderError;
use crate::store::StoreError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was not answered as asked (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Meaning of the status.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened, for people.
    pub detail: String,
    /// The query parameter at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Seconds after which asking again makes sense; sent as `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<i64>,
}

/// Answer of a handler.
pub type Answer<T> = std::result::Result<T, Problem>;

impl Problem {
    /// A problem of this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            parameter: None,
            retry_after: None,
        }
    }

    /// 400 naming the query parameter at fault. Control characters in it are escaped.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Problem {
        let shown: String = name.chars().take(100).flat_map(char::escape_debug).collect();
        Problem { parameter: Some(shown), ..Problem::new(StatusCode::BAD_REQUEST, detail) }
    }

    /// 404 for something that does not exist.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, format!("There is no such {what}."))
    }

    /// 500; the cause goes to the log.
    pub fn internal(error: impl std::fmt::Display) -> Problem {
        tracing::error!(%error, "a request could not be answered");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on this server; its log says what.")
    }

    /// 500 for stored bytes that are not what they were; whoever mends has been told.
    pub fn damaged(what: &str) -> Problem {
        tracing::error!(what, "stored bytes are missing or damaged");
        let detail = format!(
            "The stored bytes of {what} are missing or damaged. They are fetched again where GitHub still has them."
        );
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// 422 where reading a file ended the process that reads, 503 where none could be started.
    pub fn not_read(error: ReaderError) -> Problem {
        match error {
            ReaderError::Died(death) => {
                tracing::warn!(%death, "reading a file ended the process that reads");
                let detail = format!("Reading the file was broken off: {death}.");
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
            }
            error if error.is_nobodys_fault() => {
                tracing::error!(%error, "no process could be started that reads");
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Nothing can be read right now.").retry_after(5)
            }
            error => Problem::internal(error),
        }
    }

    /// Lets clients know when to ask again.
    pub fn retry_after(mut self, seconds: i64) -> Problem {
        self.retry_after = Some(seconds.max(1));
        self
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        if error.is_unavailable() {
            tracing::error!(%error, "the database is not available");
            return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The database is not available right now.")
                .retry_after(5);
        }
        Problem::internal(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn control_characters_in_a_parameter_name_are_escaped() {
        let problem = Problem::parameter("a\r\n\u{202e}b", "unknown");
        assert_eq!(problem.parameter.as_deref(), Some("a\\r\\n\\u{202e}b"));
    }
}
