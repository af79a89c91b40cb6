//! The `created` filter: GitHub's search syntax for dates.

/// An inclusive range of seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Created {
    pub from: i64,
    pub to: i64,
}

impl Created {
    pub fn contains(&self, ms: i64) -> bool {
        (self.from..=self.to).contains(&ms.div_euclid(1000))
    }
}

/// Reads `YYYY-MM-DD`, `>=T`, `>T`, `<=T`, `<T`, `A..B`, `A..*`, `*..B`. `None` matches nothing, as with a `+` that
/// became a space.
pub(crate) fn parse(text: &str) -> Option<Created> {
    if let Some((from, to)) = text.split_once("..") {
        let from = if from == "*" { i64::MIN } else { moment(from)?.0 };
        let to = if to == "*" { i64::MAX } else { moment(to)?.1 };
        return Some(Created { from, to });
    }
    let compared = |rest: &str, pick: fn((i64, i64)) -> Created| moment(rest).map(pick);
    if let Some(rest) = text.strip_prefix(">=") {
        compared(rest, |(first, _)| Created { from: first, to: i64::MAX })
    } else if let Some(rest) = text.strip_prefix("<=") {
        compared(rest, |(_, last)| Created { from: i64::MIN, to: last })
    } else if let Some(rest) = text.strip_prefix('>') {
        compared(rest, |(_, last)| Created { from: last + 1, to: i64::MAX })
    } else if let Some(rest) = text.strip_prefix('<') {
        compared(rest, |(first, _)| Created { from: i64::MIN, to: first - 1 })
    } else {
        compared(text, |(first, last)| Created { from: first, to: last })
    }
}

/// The first and the last second meant by a date or a time. Times without a zone are UTC.
fn moment(text: &str) -> Option<(i64, i64)> {
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && !text.contains('T')
    {
        let first = date.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
        return Some((first, first + 86_399));
    }
    let exact = match text.parse::<jiff::Timestamp>() {
        Ok(timestamp) => timestamp,
        Err(_) if text.contains(' ') => return None,
        Err(_) => {
            text.parse::<jiff::civil::DateTime>().ok()?.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?.timestamp()
        }
    };
    Some((exact.as_second(), exact.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 1_707_436_800; // 2024-02-09

    #[test]
    fn every_form_means_what_github_documents() {
        let at = DAY + 10 * 3600 + 19 * 60;
        let cases = [
            ("2024-02-09", DAY, DAY + 86_399),
            (">=2024-02-09", DAY, i64::MAX),
            (">2024-02-09", DAY + 86_400, i64::MAX),
            ("<=2024-02-09", i64::MIN, DAY + 86_399),
            ("<2024-02-09", i64::MIN, DAY - 1),
            ("2024-02-09..2024-02-10", DAY, DAY + 2 * 86_400 - 1),
            ("2024-02-09T10:19:00Z..*", at, i64::MAX),
            ("*..2024-02-09T10:19:00Z", i64::MIN, at),
            (">=2024-02-09T10:19:00Z", at, i64::MAX),
            (">=2024-02-09T10:19:00", at, i64::MAX),
            (">=2024-02-09T18:19:00+08:00", at, i64::MAX),
        ];
        for (text, from, to) in cases {
            assert_eq!(parse(text), Some(Created { from, to }), "{text}");
        }
    }

    #[test]
    fn a_plus_that_became_a_space_matches_nothing() {
        assert_eq!(parse(">=2024-02-09T18:19:00 08:00"), None);
        assert_eq!(parse("yesterday"), None);
    }
}
