//! The virtual clock of a world: set by hand, or running with the wall clock at some speed.

use std::time::Instant;

/// Milliseconds since 1970, under the world's control.
#[derive(Clone, Debug)]
pub struct Clock {
    base_ms: i64,
    running: Option<(Instant, f64)>,
    held_at: Option<i64>,
}

impl Clock {
    /// Stands still at `now_ms`.
    pub fn at(now_ms: i64) -> Clock {
        Clock { base_ms: now_ms, running: None, held_at: None }
    }

    /// The time now.
    pub fn now(&self) -> i64 {
        self.held_at.unwrap_or_else(|| self.unheld_now())
    }

    /// The time now, even while something scheduled is being done at its own moment.
    pub fn unheld_now(&self) -> i64 {
        match self.running {
            None => self.base_ms,
            Some((since, speed)) => self.base_ms + (since.elapsed().as_secs_f64() * 1000.0 * speed) as i64,
        }
    }

    /// Jumps.
    pub fn set(&mut self, now_ms: i64) {
        self.base_ms = now_ms;
        if let Some((since, _)) = &mut self.running {
            *since = Instant::now();
        }
    }

    /// Runs from here on with the wall clock times `speed`.
    pub fn run(&mut self, speed: f64) {
        self.base_ms = self.now();
        self.running = Some((Instant::now(), speed));
    }

    /// Whether it runs with the wall clock.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// How fast it runs; 0 while it stands still.
    pub fn speed(&self) -> f64 {
        self.running.map_or(0.0, |(_, speed)| speed)
    }

    /// Pretends it is `at_ms` until released.
    pub fn hold(&mut self, at_ms: i64) {
        self.held_at = Some(at_ms);
    }

    /// Ends the pretence.
    pub fn release(&mut self) {
        self.held_at = None;
    }
}

/// `2026-03-01T10:20:30Z`, as GitHub writes times.
pub fn rfc3339(ms: i64) -> String {
    let (days, second) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1000);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// `2026-03-01T10:20:30.1234567Z`, as the runner writes times into logs.
pub fn log_stamp(ms: i64, fraction: u64) -> String {
    let seconds = rfc3339(ms);
    format!("{}.{:03}{:04}Z", &seconds[..19], ms.rem_euclid(1000), fraction % 10_000)
}

/// `Sun, 01 Mar 2026 10:20:30 GMT`, as HTTP wants it.
pub fn http_date(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, second) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1000);
    let (year, month, day) = civil(days);
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        DAYS[days.rem_euclid(7) as usize],
        MONTHS[(month - 1) as usize],
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Year, month and day of a day number since 1970, in the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_github_writes_them() {
        assert_eq!(rfc3339(1_707_861_343_999), "2024-02-13T21:55:43Z");
        assert_eq!(log_stamp(1_707_861_343_999, 12), "2024-02-13T21:55:43.9990012Z");
        assert_eq!(http_date(1_707_857_768_000), "Tue, 13 Feb 2024 20:56:08 GMT");
        for days in [-719_000i64, -1, 0, 59, 60, 11_016, 20_000] {
            let theirs = jiff::Timestamp::from_second(days * 86_400).unwrap();
            assert_eq!(rfc3339(days * 86_400_000), theirs.to_string());
        }
    }
}
