//! `float4` and `float8`: the fewest digits that read back to the same number.

use super::bytes::fixed;
use super::digits::{push_2, push_u64, write_u64};
use super::error::PrintError;
use super::shortest::{Decimal, shortest4, shortest8};
use crate::codec::narrow::{low_u32, whole};

/// With more digits than this before the point, the number is printed with an exponent.
const FLOAT4_DIGITS: i32 = 6;
const FLOAT8_DIGITS: i32 = 15;
/// A whole number below this has neither a shorter form nor an exponent.
const FLOAT4_WHOLE: f32 = 1e6;
const FLOAT8_WHOLE: f64 = 1e15;

pub(super) fn float4(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    let value = f32::from_be_bytes(fixed("float4", value)?);
    if push_special(value.into(), out) {
        return Ok(());
    }
    if value.abs() < FLOAT4_WHOLE && value.trunc() == value {
        push_u64(whole(value.into()).unsigned_abs(), out);
    } else {
        push_decimal(shortest4(value.abs()), FLOAT4_DIGITS, out);
    }
    Ok(())
}

pub(super) fn float8(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_float8(f64::from_be_bytes(fixed("float8", value)?), out);
    Ok(())
}

pub(super) fn push_float8(value: f64, out: &mut Vec<u8>) {
    if push_special(value, out) {
        return;
    }
    if value.abs() < FLOAT8_WHOLE && value.trunc() == value {
        push_u64(whole(value).unsigned_abs(), out);
    } else {
        push_decimal(shortest8(value.abs()), FLOAT8_DIGITS, out);
    }
}

/// Prints NaN and infinities, otherwise only a minus sign if there is one; whether the number is complete.
fn push_special(value: f64, out: &mut Vec<u8>) -> bool {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
        return true;
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    if value.is_infinite() {
        out.extend_from_slice(b"Infinity");
        return true;
    }
    false
}

/// Prints a number that is not a small whole one, so that it has digits after the point or an exponent.
fn push_decimal(decimal: Decimal, fixed_digits: i32, out: &mut Vec<u8>) {
    let mut buffer = [0; 20];
    let start = write_u64(decimal.digits, &mut buffer);
    let digits = &buffer[start..];
    // The exponent of the first digit.
    let exponent = decimal.exponent + low_u32(digits.len() as u64).cast_signed() - 1;
    if exponent < -4 || exponent >= fixed_digits {
        push_point(digits, 1, out);
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        match exponent.unsigned_abs().into() {
            two @ 0..100 => push_2(two, out),
            three => push_u64(three, out),
        }
    } else if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend((exponent..-1).map(|_| b'0'));
        out.extend_from_slice(digits);
    } else {
        push_point(digits, exponent.unsigned_abs() as usize + 1, out);
    }
}

/// Appends `digits` with a point after the first `whole`, if there are more.
fn push_point(digits: &[u8], whole: usize, out: &mut Vec<u8>) {
    let (whole, fraction) = digits.split_at(whole.min(digits.len()));
    out.extend_from_slice(whole);
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
}
