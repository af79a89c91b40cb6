//! Durations and times as report writers write them.

/// Days from 1970-01-01 to the first days of months in a year that is no leap year.
const MONTH_DAYS: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
/// Longer durations are nonsense: a hundred years.
const MOST_SECONDS: f64 = 3.2e9;

/// A duration in seconds (`1.5`, `1,024.12`, `0,5`, `1.5s`), as a clock (`00:01:02.5`, `1.02:03:04`) or in ISO 8601
/// (`PT1M2.5S`), in milliseconds. `None` where it is negative or unreadable.
pub(in super::super) fn seconds_ms(text: &str) -> Option<u64> {
    // Nearly all are plain numbers. Negative ones and NaN end here.
    if let Ok(seconds) = text.parse() {
        return to_ms(seconds);
    }
    let text = text.trim();
    if let Some(iso) = text.strip_prefix(['P', 'p']) {
        return iso_ms(iso);
    }
    if text.contains(':') {
        return clock_ms(text);
    }
    let text = text.trim_end_matches([' ', 's']);
    to_ms(decimal(text)?)
}

/// A clock's reading of a duration, days before the first dot.
fn clock_ms(text: &str) -> Option<u64> {
    let (days, text) = match text.split_once('.') {
        Some((days, rest)) if rest.contains(':') => (decimal(days)?, rest),
        _ => (0.0, text),
    };
    let mut seconds = 0.0;
    for part in text.split(':') {
        seconds = seconds * 60.0 + decimal(part)?;
    }
    to_ms(days * 86_400.0 + seconds)
}

fn iso_ms(text: &str) -> Option<u64> {
    let (mut seconds, mut in_time) = (0.0, false);
    let mut rest = text;
    while let Some(place) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        let letter = rest.as_bytes()[place].to_ascii_uppercase();
        let value = &rest[..place];
        rest = &rest[place + 1..];
        let unit = match (letter, in_time) {
            (b'T', false) => {
                in_time = true;
                continue;
            }
            (b'D', false) => 86_400.0,
            (b'H', true) => 3_600.0,
            (b'M', true) => 60.0,
            (b'S', true) => 1.0,
            _ => return None,
        };
        seconds += decimal(value)? * unit;
    }
    if rest.is_empty() { to_ms(seconds) } else { None }
}

/// A number with thousands separated by commas, or with a decimal comma.
fn decimal(text: &str) -> Option<f64> {
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    if !text.contains(',') {
        return text.parse().ok();
    }
    let is_decimal_comma = !text.contains('.') && text.matches(',').count() == 1 && !has_thousands(text);
    text.replace(',', if is_decimal_comma { "." } else { "" }).parse().ok()
}

/// Whether the comma separates three last digits from at least one before them that is not zero: `1,024`.
/// Writers that use a decimal comma write `0,024`, or another count of digits.
fn has_thousands(text: &str) -> bool {
    text.split_once(',').is_some_and(|(whole, rest)| rest.len() == 3 && !whole.trim_start_matches('0').is_empty())
}

fn to_ms(seconds: f64) -> Option<u64> {
    // A range does not hold NaN.
    (0.0..=MOST_SECONDS).contains(&seconds).then(|| (seconds * 1000.0).round() as u64)
}

/// A moment (`2024-12-02T20:06:10.512+01:00`, `20240102 03:04:05.678`) in milliseconds since the epoch. UTC where
/// no zone is written. `None` where it is unreadable or before 1971, which is a writer's zero.
pub(in super::super) fn instant_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(place) => (&text[..place], text[place + 1..].trim_start()),
        None => (text, ""),
    };
    let days = day_ms(date)?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let time = rest[..zone_at].trim();
    let clock = if time.is_empty() { 0 } else { i64::try_from(floor_clock_ms(time)?).ok()? };
    let at = days + clock - zone_ms(&rest[zone_at..])?;
    (at > 365 * 86_400_000).then_some(at)
}

/// Milliseconds of a time of day; parts of a millisecond do not count.
fn floor_clock_ms(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = fraction.bytes().take(3).map(|digit| digit.is_ascii_digit().then(|| u64::from(digit - b'0')));
    let ms = digits
        .collect::<Option<Vec<u64>>>()?
        .iter()
        .zip([100, 10, 1])
        .map(|(digit, weight)| digit * weight)
        .sum::<u64>();
    Some(clock_ms(whole)? + ms)
}

/// The beginning of a day (`2024-12-02` or `20241202`) in milliseconds since the epoch.
fn day_ms(text: &str) -> Option<i64> {
    let mut parts = text.split(['-', '/']);
    let (year, month, day) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day), None) => (year, month, day),
        (Some(whole), None, None, None) if whole.len() == 8 && whole.is_ascii() => {
            (&whole[..4], &whole[4..6], &whole[6..])
        }
        _ => return None,
    };
    let (year, month, day): (i64, usize, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400 - 477 + i64::from(is_leap && month > 2);
    Some(((year - 1970) * 365 + leap_days + MONTH_DAYS[month - 1] + day - 1) * 86_400_000)
}

fn zone_ms(text: &str) -> Option<i64> {
    let sign = match text.bytes().next() {
        None | Some(b'Z' | b'z') => return Some(0),
        Some(b'+') => 1,
        _ => -1,
    };
    let digits: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i64 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_writing() {
        for (text, ms) in [
            ("1.5", 1500),
            ("1,024.12", 1_024_120),
            ("1,024", 1_024_000),
            ("0,024", 24),
            ("0,5", 500),
            ("1.4e-05", 0),
            ("12s", 12_000),
            ("00:00:01.5000000", 1500),
            ("1.00:00:01", 86_401_000),
            ("PT1M2.5S", 62_500),
            ("P1DT1H", 90_000_000),
        ] {
            assert_eq!(seconds_ms(text), Some(ms), "{text}");
        }
        for text in ["", "-1", "NaN", "inf", "1e999", "soon", "PT", "P1Y", &"9".repeat(400)] {
            assert!(matches!(seconds_ms(text), None | Some(0)), "{text}");
        }
    }

    #[test]
    fn moments_are_read_in_every_writing() {
        for (text, ms) in [
            ("1971-06-01", 44_582_400_000),
            ("2017-10-05T10:36:22.999999", 1_507_199_782_999),
            ("2000-03-01T00:00:00Z", 951_868_800_000),
            ("2024-02-29T23:59:60+01:00", 1_709_247_600_000),
            ("20240229 23:00:00.5", 1_709_247_600_500),
            ("2021-02-26T10:36:33.7131022+02:00", 1_614_328_593_713),
            ("2016-06-04 17:17:57Z", 1_465_060_677_000),
        ] {
            assert_eq!(instant_ms(text), Some(ms), "{text}");
        }
        for text in ["", "0001-01-01T00:00:00Z", "2024-13-01", "99999-01-01", "2024-01-01T", "x"] {
            assert!(matches!(instant_ms(text), None | Some(1_704_067_200_000)), "{text}");
        }
    }
}
