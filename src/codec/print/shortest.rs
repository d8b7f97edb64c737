//! The shortest decimal that reads back to the same binary float, as PostgreSQL chooses it.
//!
//! Of the decimals that are nearer to the float than to any other float, it is the one with the fewest digits, and
//! among these the nearest. A decimal exactly halfway between two floats reads back to the even one. The usual
//! algorithms take such a decimal if it makes the text shorter; PostgreSQL does not: it prints 9.999999999999999e+22
//! where others print 1e+23. So a crate makes the usual choice, and it is made again, exactly, in the rare case that
//! the decimal is halfway.

use crate::codec::narrow::low_u32;

/// `digits` times ten to the `exponent`. The last digit is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub digits: u64,
    pub exponent: i32,
}

/// Of a positive, finite number.
pub(super) fn shortest4(value: f32) -> Decimal {
    let bits = value.to_bits();
    let decimal = parse(zmij::Buffer::new().format_finite(value).as_bytes());
    Binary::new(u64::from(bits & 0x7F_FFFF), bits >> 23, 24).settle(decimal)
}

/// Of a positive, finite number.
pub(super) fn shortest8(value: f64) -> Decimal {
    let bits = value.to_bits();
    let decimal = parse(zmij::Buffer::new().format_finite(value).as_bytes());
    Binary::new(bits & 0xF_FFFF_FFFF_FFFF, low_u32(bits >> 52), 53).settle(decimal)
}

/// Takes apart `12.5`, `1e23` or `1.25e-7`.
fn parse(text: &[u8]) -> Decimal {
    let (mut digits, mut exponent) = (0, 0);
    let mut step = 0;
    for (i, byte) in text.iter().enumerate() {
        match byte {
            b'.' => step = 1,
            b'e' => {
                exponent += parse_exponent(&text[i + 1..]);
                break;
            }
            digit => {
                digits = digits * 10 + u64::from(digit - b'0');
                exponent -= step;
            }
        }
    }
    while digits != 0 && digits % 10 == 0 {
        digits /= 10;
        exponent += 1;
    }
    Decimal { digits, exponent }
}

fn parse_exponent(text: &[u8]) -> i32 {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let value = digits.fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
    if text.starts_with(b"-") { -value } else { value }
}

/// `mantissa` times two to the `exponent`.
#[derive(Clone, Copy)]
struct Binary {
    mantissa: u64,
    exponent: i32,
    /// Whether the mantissa is a power of two, so that the next smaller number is half as far away as the next larger
    /// one.
    is_power: bool,
}

impl Binary {
    /// Makes the number from the stored fraction and exponent of a format with `digits` binary digits.
    fn new(fraction: u64, stored_exponent: u32, digits: u32) -> Binary {
        let bias = if digits == 24 { 127 } else { 1023 };
        let hidden = 1 << (digits - 1);
        let unit = 1 - bias - (digits.cast_signed() - 1);
        match stored_exponent {
            0 => Binary {
                mantissa: fraction,
                exponent: unit,
                is_power: false,
            },
            stored => Binary {
                mantissa: hidden | fraction,
                exponent: unit + stored.cast_signed() - 1,
                is_power: fraction == 0 && stored > 1,
            },
        }
    }

    /// The decimal that PostgreSQL prints for this number where others print `decimal`.
    fn settle(self, decimal: Decimal) -> Decimal {
        if self.is_halfway(decimal) {
            self.search(decimal)
        } else {
            decimal
        }
    }

    /// Whether the decimal is halfway to a neighbour: an odd number of halves of the last place away, or, below a power
    /// of two, of quarters.
    fn is_halfway(self, decimal: Decimal) -> bool {
        let twos = decimal.digits.trailing_zeros();
        let places = decimal.exponent + twos.cast_signed() - self.exponent;
        let sought = match places {
            -1 => 2 * self.mantissa - 1..=2 * self.mantissa + 1,
            -2 if self.is_power => 4 * self.mantissa - 1..=4 * self.mantissa - 1,
            _ => return false,
        };
        let odd = decimal.digits >> twos;
        let odd = match five_to(decimal.exponent) {
            Some(fives) if decimal.exponent >= 0 => u64::try_from(u128::from(odd) * u128::from(fives)).ok(),
            Some(fives) if odd.is_multiple_of(fives) => Some(odd / fives),
            _ => None,
        };
        odd.is_some_and(|odd| sought.contains(&odd))
    }

    /// The shortest decimal that is nearer to this number than to any other; it has at least as many digits as
    /// `halfway`, which is halfway to the next number.
    ///
    /// All quantities are whole numbers of quarters of the last binary place, compared in 128 bits. A decimal is
    /// halfway only if the power of five in it divides a number not much larger than the mantissa, so both exponents
    /// are small.
    fn search(self, halfway: Decimal) -> Decimal {
        let middle = 4 * u128::from(self.mantissa);
        let (low, high) = (middle - if self.is_power { 1 } else { 2 }, middle + 2);
        for exponent in (halfway.exponent - 17..=halfway.exponent).rev() {
            let twos = exponent - (self.exponent - 2);
            let fives = u128::from(five_to(exponent).unwrap_or(u64::MAX));
            let shift = |places: i32| 1_u128 << places.clamp(0, 127);
            let (decimal_unit, binary_unit) = match exponent {
                0.. => (fives * shift(twos), shift(-twos)),
                _ => (shift(twos), fives * shift(-twos)),
            };
            let middle = middle * binary_unit;
            let inside = |digits: &u128| {
                let value = digits * decimal_unit;
                low * binary_unit < value && value < high * binary_unit
            };
            let below = middle / decimal_unit;
            let nearest = [below, below + 1]
                .into_iter()
                .filter(inside)
                .min_by_key(|digits| ((digits * decimal_unit).abs_diff(middle), digits % 2));
            if let Some(digits) = nearest.and_then(|digits| u64::try_from(digits).ok()) {
                return Decimal { digits, exponent };
            }
        }
        halfway
    }
}

/// Five to the power of the magnitude of `exponent`.
fn five_to(exponent: i32) -> Option<u64> {
    5_u64.checked_pow(exponent.unsigned_abs())
}
