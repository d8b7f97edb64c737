//! `interval`, style postgres: `1 year -2 mons +3 days -04:05:06.7`.

use super::bytes::fixed;
use super::datetime::push_clock;
use super::digits::push_i64;
use super::error::PrintError;

const MICROS_PER_HOUR: u64 = 3_600_000_000;

pub(super) fn print(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let [micros @ .., a, b, c, d, e, f, g, h]: [u8; 16] = fixed("interval", value)?;
    let micros = i64::from_be_bytes(micros);
    let days = i32::from_be_bytes([a, b, c, d]);
    let months = i32::from_be_bytes([e, f, g, h]);
    match (months, days, micros) {
        (i32::MIN, i32::MIN, i64::MIN) => out.extend_from_slice(b"-infinity"),
        (i32::MAX, i32::MAX, i64::MAX) => out.extend_from_slice(b"infinity"),
        _ => {
            let mut parts = Parts {
                start: out.len(),
                after_negative: false,
            };
            parts.push(months / 12, "year", out);
            parts.push(months % 12, "mon", out);
            parts.push(days, "day", out);
            parts.push_time(micros, out);
        }
    }
    Ok(())
}

struct Parts {
    start: usize,
    /// Whether the last part was negative: a positive part after it gets a plus sign.
    after_negative: bool,
}

impl Parts {
    fn push(&mut self, count: i32, unit: &str, out: &mut Vec<u8>) {
        if count == 0 {
            return;
        }
        self.space(out);
        if count > 0 && self.after_negative {
            out.push(b'+');
        }
        push_i64(count.into(), out);
        out.push(b' ');
        out.extend_from_slice(unit.as_bytes());
        if count != 1 {
            out.push(b's');
        }
        self.after_negative = count < 0;
    }

    /// Appends the time, which is left out if it is zero and another part is not.
    fn push_time(&self, micros: i64, out: &mut Vec<u8>) {
        if micros == 0 && out.len() > self.start {
            return;
        }
        self.space(out);
        match micros {
            ..0 => out.push(b'-'),
            _ if self.after_negative => out.push(b'+'),
            _ => {}
        }
        let micros = micros.unsigned_abs();
        push_clock(micros / MICROS_PER_HOUR, micros, out);
    }

    fn space(&self, out: &mut Vec<u8>) {
        if out.len() > self.start {
            out.push(b' ');
        }
    }
}
