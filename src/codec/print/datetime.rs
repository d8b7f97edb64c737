//! Dates and times, ISO style.

use super::bytes::fixed;
use super::digits::{four, push_2, push_u64, six};
use super::error::PrintError;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// Days from 0000-03-01 to 2000-01-01.
const EPOCH_DAYS: i64 = 730_425;
/// 4714-11-24 BC to 5874897-12-31, as days from 2000-01-01.
const DATES: std::ops::RangeInclusive<i64> = -2_451_545..=2_145_031_948;
/// 4714-11-24 BC to the end of 294276, as microseconds from 2000-01-01.
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
/// Offsets from UTC are smaller than this, in seconds.
const ZONE_LIMIT: i32 = 16 * 3600;

pub(super) fn date(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    match i32::from_be_bytes(fixed("date", value)?) {
        i32::MIN => out.extend_from_slice(b"-infinity"),
        i32::MAX => out.extend_from_slice(b"infinity"),
        days => {
            if !DATES.contains(&i64::from(days)) {
                return Err(out_of_range("date"));
            }
            let date = Date::of(days.into());
            date.push(out);
            date.push_era(out);
        }
    }
    Ok(())
}

pub(super) fn time(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    time_of_day("time", i64::from_be_bytes(fixed("time", value)?), out)
}

pub(super) fn timetz(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let kind = "timetz";
    let [micros @ .., a, b, c, d]: [u8; 12] = fixed(kind, value)?;
    // The zone is in seconds west of Greenwich.
    let zone = i32::from_be_bytes([a, b, c, d]);
    if zone.unsigned_abs() >= ZONE_LIMIT.unsigned_abs() {
        return Err(out_of_range(kind));
    }
    time_of_day(kind, i64::from_be_bytes(micros), out)?;
    out.push(if zone <= 0 { b'+' } else { b'-' });
    let seconds = u64::from(zone.unsigned_abs());
    push_2(seconds / 3600, out);
    if !seconds.is_multiple_of(3600) {
        out.push(b':');
        push_2(seconds / 60 % 60, out);
    }
    if !seconds.is_multiple_of(60) {
        out.push(b':');
        push_2(seconds % 60, out);
    }
    Ok(())
}

pub(super) fn timestamp(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    date_and_time("timestamp", value, b"", out)
}

pub(super) fn timestamptz(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    date_and_time("timestamptz", value, b"+00", out)
}

fn date_and_time(kind: &'static str, value: &[u8], zone: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    match i64::from_be_bytes(fixed(kind, value)?) {
        i64::MIN => out.extend_from_slice(b"-infinity"),
        i64::MAX => out.extend_from_slice(b"infinity"),
        micros => {
            if !TIMESTAMPS.contains(&micros) {
                return Err(out_of_range(kind));
            }
            let date = Date::of(micros.div_euclid(MICROS_PER_DAY));
            date.push(out);
            out.push(b' ');
            let micros = micros.rem_euclid(MICROS_PER_DAY).unsigned_abs();
            push_clock(micros / (3600 * MICROS_PER_SECOND.unsigned_abs()), micros, out);
            out.extend_from_slice(zone);
            date.push_era(out);
        }
    }
    Ok(())
}

/// Prints a time of day; 24:00:00 is one, too.
fn time_of_day(kind: &'static str, micros: i64, out: &mut Vec<u8>) -> Result<(), PrintError> {
    if !(0..=MICROS_PER_DAY).contains(&micros) {
        return Err(out_of_range(kind));
    }
    let micros = micros.unsigned_abs();
    push_clock(micros / (3600 * MICROS_PER_SECOND.unsigned_abs()), micros, out);
    Ok(())
}

/// Appends `hours`, and the minutes, seconds and microseconds of `micros`, without zeros at the end.
pub(super) fn push_clock(hours: u64, micros: u64, out: &mut Vec<u8>) {
    let per_second = MICROS_PER_SECOND.unsigned_abs();
    let seconds = micros / per_second;
    if hours < 100 {
        push_2(hours, out);
    } else {
        push_u64(hours, out);
    }
    out.push(b':');
    push_2(seconds / 60 % 60, out);
    out.push(b':');
    push_2(seconds % 60, out);
    let fraction = micros % per_second;
    if fraction != 0 {
        out.push(b'.');
        let digits = six(fraction);
        let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
        out.extend_from_slice(&digits[..digits.len() - zeros]);
    }
}

fn out_of_range(kind: &'static str) -> PrintError {
    let problem = "is out of range";
    PrintError::Invalid { kind, problem }
}

/// A date in the Gregorian calendar, also before it was introduced. The year 0 is 1 BC.
struct Date {
    year: i64,
    month: u64,
    day: u64,
}

impl Date {
    /// `days` from 2000-01-01.
    fn of(days: i64) -> Date {
        // Years that begin in March have their leap day last; 400 of them have 146,097 days.
        let days = days + EPOCH_DAYS;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Counted from March, each run of five months has 153 days.
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        Date {
            year: era * 400 + year_of_era + carry,
            month: month.unsigned_abs(),
            day: day.unsigned_abs(),
        }
    }

    fn push(&self, out: &mut Vec<u8>) {
        let year = if self.year > 0 { self.year } else { 1 - self.year };
        let year = year.unsigned_abs();
        if year < 10_000 {
            out.extend_from_slice(&four(year));
        } else {
            push_u64(year, out);
        }
        out.push(b'-');
        push_2(self.month, out);
        out.push(b'-');
        push_2(self.day, out);
    }

    fn push_era(&self, out: &mut Vec<u8>) {
        if self.year <= 0 {
            out.extend_from_slice(b" BC");
        }
    }
}
