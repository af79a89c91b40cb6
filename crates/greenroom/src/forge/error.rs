//! Why a call to GitHub gave no answer. No message contains a token, a header or a signed URL.

use crate::model::Millis;

/// Why a call to GitHub gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// 401: the token is wrong, revoked or expired. Concerns the token, not the item.
    #[error("github does not accept the token")]
    Unauthorized,
    /// 403 that is no limit: a permission is missing, single sign-on, an IP allow list.
    #[error("github refuses access: {detail}")]
    Forbidden {
        /// GitHub's words, and the permissions it asks for.
        detail: String,
    },
    /// 404: it does not exist, no longer exists, or is hidden from this token.
    #[error("github does not have it")]
    NotFound,
    /// 410: the content has expired.
    #[error("github has dropped the content")]
    Gone,
    /// The token is limited; no request is sent before `until`. Concerns the token, not the item.
    #[error("github limits the token until {until}")]
    Limited {
        /// When requests may be sent again.
        until: Millis,
    },
    /// 422: a listing is not served this deep.
    #[error("github does not serve this list any deeper")]
    PageLimit,
    /// The name has gone to a repository with another id: the one that was meant is deleted or has moved.
    #[error("another repository has taken the name")]
    Replaced,
    /// The content is larger than we were told to take.
    #[error("the content has {bytes} bytes, more than the {cap} allowed")]
    TooLarge {
        /// Size as announced, or as far as it was read.
        bytes: u64,
        /// What was allowed.
        cap: u64,
    },
    /// The downloaded bytes are not those that were uploaded.
    #[error("the content has digest {actual}, not {expected}")]
    DigestMismatch {
        /// SHA-256 in hex as GitHub listed it.
        expected: String,
        /// SHA-256 in hex of what arrived.
        actual: String,
    },
    /// Something that may pass, and did not within the tries of one call.
    #[error("github could not be reached: {reason}")]
    Transient {
        /// What happened at the last try.
        reason: String,
    },
    /// Our own disk: the content could not be written.
    #[error("could not write the content to disk: {reason}")]
    Spool {
        /// The system's words.
        reason: String,
    },
    /// An answer, or a question, that makes no sense.
    #[error("github gave an unusable answer: {reason}")]
    Invalid {
        /// What is wrong with it.
        reason: String,
    },
}

impl ForgeError {
    /// Whether asking again for the same item cannot help. `Unauthorized` and `Limited` say nothing
    /// about the item and are not permanent; a log's `NotFound` can be early (see the log rules).
    pub fn is_permanent(&self) -> bool {
        match self {
            ForgeError::Forbidden { .. }
            | ForgeError::NotFound
            | ForgeError::Gone
            | ForgeError::PageLimit
            | ForgeError::TooLarge { .. } => true,
            ForgeError::Unauthorized
            | ForgeError::Limited { .. }
            | ForgeError::Replaced
            | ForgeError::DigestMismatch { .. }
            | ForgeError::Transient { .. }
            | ForgeError::Spool { .. }
            | ForgeError::Invalid { .. } => false,
        }
    }
}
