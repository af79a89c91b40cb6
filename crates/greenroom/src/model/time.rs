//! Moments as milliseconds since the Unix epoch: what the database stores, RFC 3339 at the edge.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A moment in milliseconds since the Unix epoch. JSON shows it as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

/// One second, minute, hour and day in milliseconds.
pub const SECOND_MS: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;

impl Millis {
    /// Reads any RFC 3339 time: GitHub sends `Z`, offsets and fractions, depending on age and object.
    pub fn parse(text: &str) -> Option<Millis> {
        let moment: jiff::Timestamp = text.trim().parse().ok()?;
        Some(Millis(moment.as_millisecond()))
    }

    /// This moment `ms` later (earlier when negative), saturating.
    pub fn plus(self, ms: i64) -> Millis {
        Millis(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment.
    pub fn since(self, earlier: Millis) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Days since the epoch, in UTC: the bucket of the daily rollups.
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        let text = String::deserialize(deserializer)?;
        Millis::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("not an RFC 3339 time: {text:?}")))
    }
}

impl utoipa::PartialSchema for Millis {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .into()
    }
}

impl utoipa::ToSchema for Millis {
    fn name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
}

#[cfg(test)]
mod tests {
    use super::Millis;

    #[test]
    fn every_time_form_github_sends_is_read() {
        for text in [
            "2023-01-02T03:04:05Z",
            "2023-01-02T03:04:05.000Z",
            "2023-01-02T04:04:05+01:00",
            "2023-01-02T05:04:05.000+02:00",
        ] {
            assert_eq!(Millis::parse(text), Some(Millis(1_672_628_645_000)), "{text}");
        }
        assert_eq!(Millis::parse("yesterday"), None);
        assert_eq!(Millis(1_672_628_645_000).to_string(), "2023-01-02T03:04:05Z");
    }

    #[test]
    fn days_before_the_epoch_are_negative() {
        assert_eq!(Millis(-1).day(), -1);
        assert_eq!(Millis(86_400_000).day(), 1);
    }
}
