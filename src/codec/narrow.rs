//! Conversions to fewer bits, one for each kind. They are steps of hot loops, so none of them branches.
//!
//! What has fewer bits than its value needs loses the upper ones. So a caller either wants just the lower ones, as
//! packed numbers do, or knows that the value fits. Values from outside are checked before they get here.

/// The lowest 8 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are wanted")]
pub(super) const fn low_u8(value: u64) -> u8 {
    value as u8
}

/// The lowest 16 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are wanted")]
pub(super) const fn low_u16(value: u64) -> u16 {
    value as u16
}

/// The lowest 32 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are wanted")]
pub(super) const fn low_u32(value: u64) -> u32 {
    value as u32
}

/// The lowest 64 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are wanted")]
pub(super) const fn low_u64(value: u128) -> u64 {
    value as u64
}

/// A length or place. Where pointers are too narrow for it, it becomes the greatest one, which no slice has: a check
/// of bounds refuses it. On 64 bits this is nothing.
#[inline]
pub(super) fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// The number without its digits after the point. What is beyond the range of an `i64` becomes its nearest end, NaN
/// becomes 0.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "defined for all floats")]
pub(super) const fn whole(value: f64) -> i64 {
    value as i64
}

/// The `f32` that is nearest to the number.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "rounds")]
pub(super) const fn nearest_f32(value: f64) -> f32 {
    value as f32
}
