//! Spans of time as policies and options name them: `24h`, `7d`, `2w`, `6m`, `1y`, `1y6m`. Pure.
//!
//! Months and years are the calendar's, in UTC; `m` is months. There is nothing below an hour.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Age {
    years: u32,
    months: u32,
    weeks: u32,
    days: u32,
    hours: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a span of time: expected numbers with h, d, w, m (months) or y, as in 24h or 1y6m")]
pub struct AgeError {
    pub text: String,
}

/// Upper limit for digits: a longer number reaches back beyond the first moment of the calendar.
const DIGITS: usize = 6;

/// How far the clocks of hosts may differ, in microseconds. A date that is later than now by more than this is in the
/// future.
pub(crate) const CLOCK_SKEW_MICROS: i64 = 5 * 60 * 1_000_000;

/// Whether a date can only come from a wrong clock. Both arguments are in microseconds since the epoch, UTC.
pub(crate) fn is_future(micros: i64, now: i64) -> bool {
    micros > now.saturating_add(CLOCK_SKEW_MICROS)
}

impl Age {
    pub const fn days(days: u32) -> Self {
        Self {
            years: 0,
            months: 0,
            weeks: 0,
            days,
            hours: 0,
        }
    }

    /// The moment earlier than `micros` by this span (since the epoch, UTC), or the earliest one that can be expressed.
    pub fn before(&self, micros: i64) -> i64 {
        self.earlier(micros).unwrap_or(i64::MIN)
    }

    fn earlier(&self, micros: i64) -> Option<i64> {
        let span = Span::new()
            .try_years(self.years)
            .and_then(|span| span.try_months(self.months))
            .and_then(|span| span.try_weeks(self.weeks))
            .and_then(|span| span.try_days(self.days))
            .and_then(|span| span.try_hours(self.hours));
        let moment = Timestamp::from_microsecond(micros).ok()?.to_zoned(TimeZone::UTC);
        let earlier = moment.checked_sub(span.ok()?).ok()?;
        Some(earlier.timestamp().as_microsecond())
    }
}

impl FromStr for Age {
    type Err = AgeError;

    /// Units go from the longest to the shortest, each once.
    fn from_str(text: &str) -> Result<Self, AgeError> {
        let wrong = || AgeError { text: text.to_owned() };
        let mut age = Self::default();
        let parts = [
            ('y', &mut age.years),
            ('m', &mut age.months),
            ('w', &mut age.weeks),
            ('d', &mut age.days),
            ('h', &mut age.hours),
        ];
        let mut rest = text.trim();
        for (unit, part) in parts {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            if let Some(after) = after.strip_prefix(unit) {
                *part = match digits {
                    1..=DIGITS => number.parse().map_err(|_| wrong())?,
                    _ => return Err(wrong()),
                };
                rest = after;
            }
        }
        match rest.is_empty() && !text.trim().is_empty() {
            true => Ok(age),
            false => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Age {
    type Error = AgeError;

    fn try_from(text: String) -> Result<Self, AgeError> {
        text.parse()
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if *self == Self::default() {
            return f.write_str("0h");
        }
        let parts = [
            (self.years, 'y'),
            (self.months, 'm'),
            (self.weeks, 'w'),
            (self.days, 'd'),
            (self.hours, 'h'),
        ];
        let mut parts = parts.iter().filter(|(number, _)| *number > 0);
        parts.try_for_each(|(number, unit)| write!(f, "{number}{unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a time").as_microsecond()
    }

    #[test]
    fn spans_are_read_and_written() {
        for text in ["24h", "7d", "2w", "6m", "1y", "1y6m", "1y2m3w4d5h", "0h", "999999h"] {
            let age: Age = text.parse().expect(text);
            assert_eq!(age.to_string(), text);
        }
        assert_eq!(" 7d ".parse(), Ok(Age::days(7)));
        assert_eq!("0d".parse(), Ok(Age::default()));
        for wrong in [
            "", " ", "7", "d", "7D", "-7d", "+7d", "7 d", "7d7d", "1h1d", "1.5d", "7min", "9999999h", "٧d", "7dd", "h7",
        ] {
            assert!(wrong.parse::<Age>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn months_and_years_are_the_calendars() {
        for (age, now, then) in [
            ("24h", "2026-03-01T12:00:00Z", "2026-02-28T12:00:00Z"),
            ("1m", "2026-03-31T12:00:00Z", "2026-02-28T12:00:00Z"),
            ("1y", "2024-02-29T00:00:00Z", "2023-02-28T00:00:00Z"),
            ("2w", "2026-01-10T00:00:00Z", "2025-12-27T00:00:00Z"),
            ("1y6m", "2026-01-31T00:00:01.5Z", "2024-07-31T00:00:01.5Z"),
            ("0h", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
        ] {
            let age: Age = age.parse().expect(age);
            assert_eq!(age.before(micros(now)), micros(then), "{age}");
        }
    }

    #[test]
    fn what_is_before_the_calendar_is_the_beginning() {
        let now = micros("2026-01-31T00:00:00Z");
        for text in ["999999y", "99999y", "999999m", "20000y"] {
            let age: Age = text.parse().expect(text);
            assert_eq!(age.before(now), i64::MIN, "{text}");
        }
        assert_eq!(Age::days(1).before(i64::MAX), i64::MIN);
        assert_eq!(Age::days(1).before(i64::MIN), i64::MIN);
    }
}
