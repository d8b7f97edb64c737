//! The tiers of a policy, and the stretch of the calendar (in UTC) to which a moment belongs. Pure.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The stretch of time of which a rule keeps one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Every snapshot is a stretch of its own.
    Last,
    Hourly,
    Daily,
    /// Begins on Monday, as in ISO 8601.
    Weekly,
    Monthly,
    Yearly,
}

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

impl Tier {
    pub const ALL: [Self; 6] = [
        Self::Last,
        Self::Hourly,
        Self::Daily,
        Self::Weekly,
        Self::Monthly,
        Self::Yearly,
    ];

    /// The number of the stretch that holds `micros` (since the epoch, UTC); absent if each snapshot is a stretch of
    /// its own.
    pub(super) fn stretch(self, micros: i64) -> Option<i64> {
        match self {
            Self::Last => None,
            Self::Hourly => Some(micros.div_euclid(HOUR)),
            Self::Daily => Some(micros.div_euclid(DAY)),
            // The epoch was a Thursday.
            Self::Weekly => Some((micros.div_euclid(DAY) + 3).div_euclid(7)),
            Self::Monthly => {
                let date = date(micros);
                Some(i64::from(date.year()) * 12 + i64::from(date.month()))
            }
            Self::Yearly => Some(i64::from(date(micros).year())),
        }
    }
}

/// The date of a moment; a moment beyond the calendar gets the calendar's first or last day.
fn date(micros: i64) -> Date {
    let beyond = match micros < 0 {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    };
    let moment = Timestamp::from_microsecond(micros).unwrap_or(beyond);
    TimeZone::UTC.to_datetime(moment).date()
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Last => "last",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(tier: Tier, a: &str, b: &str) -> bool {
        let stretch = |text: &str| tier.stretch(text.parse::<Timestamp>().expect(text).as_microsecond());
        stretch(a) == stretch(b)
    }

    #[test]
    fn stretches_are_the_calendars() {
        for (tier, a, b, expected) in [
            (Tier::Hourly, "2026-03-29T01:00:00Z", "2026-03-29T01:59:59Z", true),
            (Tier::Hourly, "2026-03-29T01:59:59Z", "2026-03-29T02:00:00Z", false),
            (Tier::Daily, "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", false),
            (Tier::Daily, "1969-12-31T00:00:00Z", "1969-12-31T23:59:59Z", true),
            // Week 1 of 2026 begins on Monday, 29 December 2025.
            (Tier::Weekly, "2025-12-29T00:00:00Z", "2026-01-04T23:59:59Z", true),
            (Tier::Weekly, "2025-12-28T23:59:59Z", "2025-12-29T00:00:00Z", false),
            (Tier::Weekly, "1969-12-29T00:00:00Z", "1970-01-04T23:59:59Z", true),
            (Tier::Monthly, "2024-02-01T00:00:00Z", "2024-02-29T23:59:59Z", true),
            (Tier::Monthly, "2024-02-29T23:59:59Z", "2024-03-01T00:00:00Z", false),
            (Tier::Monthly, "2024-02-01T00:00:00Z", "2025-02-01T00:00:00Z", false),
            (Tier::Yearly, "2024-01-01T00:00:00Z", "2024-12-31T23:59:59Z", true),
            (Tier::Yearly, "2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z", false),
        ] {
            assert_eq!(same(tier, a, b), expected, "{tier} {a} {b}");
        }
    }

    #[test]
    fn no_moment_is_too_far() {
        for tier in Tier::ALL {
            for micros in [i64::MIN, i64::MAX, 0] {
                assert_eq!(tier.stretch(micros).is_none(), tier == Tier::Last);
            }
        }
    }
}
