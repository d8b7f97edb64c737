//! A run of 64-bit numbers: as they are or as differences, less their least, divided by a common divisor, packed.
//!
//! | bytes | field | content |
//! |---|---|---|
//! | 1 | form | bit 0: differences, bit 1: divisor |
//! | 1 | bits | 0, 1, 2, 4 or a multiple of 8 up to 64: of each packed number |
//! | 8 | base | |
//! | 8 | start | only with differences: the number before the first |
//! | 8 | divisor | only with a divisor |
//! | | packed | the numbers `w`, see [`pack`] |
//!
//! Number *i* is `base + divisor * w[i]`, and with differences it is that much more than number *i - 1*, all modulo 2^64.

use crate::codec::column::input::Input;
use crate::codec::column::output::Output;
use crate::codec::column::pack::{self, BLOCK};

const DIFFERENCES: u8 = 1;
const DIVISOR: u8 = 2;

/// Appends the numbers. The slice is used as scratch space.
pub(super) fn encode(numbers: &mut [i64], differences: bool, out: &mut Output) {
    let before_first = numbers.first().copied().unwrap_or(0);
    if differences {
        let mut previous = before_first;
        for number in numbers.iter_mut() {
            let difference = number.wrapping_sub(previous);
            previous = *number;
            *number = difference;
        }
        // The first number is no difference. It becomes equal to another difference by the choice of `start`.
        if let [first, second, ..] = numbers {
            *first = *second;
        }
    }
    let (base, most) = numbers
        .iter()
        .fold((i64::MAX, i64::MIN), |(least, most), n| (least.min(*n), most.max(*n)));
    let (base, most) = if numbers.is_empty() { (0, 0) } else { (base, most) };
    let range = most.wrapping_sub(base).cast_unsigned();
    let divisor = match pack::bits_for(range) {
        0..=1 => Divisor::new(1),
        bits => common_divisor(numbers, base)
            .filter(|d| pack::bits_for(range / d.divisor) < bits)
            .unwrap_or(Divisor::new(1)),
    };
    let bits = pack::bits_for(range / divisor.divisor);
    let divided = divisor.divisor > 1;
    out.push(if differences { DIFFERENCES } else { 0 } | if divided { DIVISOR } else { 0 });
    out.push(bits);
    out.extend_from_slice(&base.to_le_bytes());
    if differences {
        let first = numbers.first().copied().unwrap_or(0);
        out.extend_from_slice(&before_first.wrapping_sub(first).to_le_bytes());
    }
    if divided {
        out.extend_from_slice(&divisor.divisor.to_le_bytes());
        for number in numbers.iter_mut() {
            *number = divisor.divide(number.wrapping_sub(base).cast_unsigned()).cast_signed();
        }
        pack::pack(numbers.iter().map(|number| number.cast_unsigned()), bits, out);
    } else {
        pack::pack(
            numbers.iter().map(|number| number.wrapping_sub(base).cast_unsigned()),
            bits,
            out,
        );
    }
}

/// Appends any count of numbers that all equal `number`.
pub(super) fn encode_same(number: i64, out: &mut Output) {
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&number.to_le_bytes());
}

/// The greatest divisor of all numbers less `base`; `None` when that is 1.
fn common_divisor(numbers: &[i64], base: i64) -> Option<Divisor> {
    let mut common = Divisor::new(0);
    for number in numbers {
        let number = number.wrapping_sub(base).cast_unsigned();
        if number != 0 && !common.divides(number) {
            common = Divisor::new(greatest_common_divisor(common.divisor, number));
            if common.divisor == 1 {
                return None;
            }
        }
    }
    Some(common)
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A divisor with the values that turn exact division by it into a multiplication.
#[derive(Clone, Copy)]
struct Divisor {
    divisor: u64,
    shift: u32,
    /// Inverse of the odd part modulo 2^64.
    inverse: u64,
    /// The greatest quotient.
    most: u64,
}

impl Divisor {
    /// A divisor of 0 divides nothing.
    fn new(divisor: u64) -> Self {
        let Some(most) = u64::MAX.checked_div(divisor) else {
            return Self {
                divisor,
                shift: 0,
                inverse: 0,
                most: 0,
            };
        };
        let shift = divisor.trailing_zeros();
        let odd = divisor >> shift;
        // Newton's iteration: 3 bits are right at first, and twice as many after each step.
        let inverse = (0..5).fold(odd, |x, _| x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x))));
        Self {
            divisor,
            shift,
            inverse,
            most,
        }
    }

    /// `number` divided, when that is exact.
    #[inline]
    fn divide(self, number: u64) -> u64 {
        number.wrapping_mul(self.inverse).rotate_right(self.shift)
    }

    #[inline]
    fn divides(self, number: u64) -> bool {
        // Only exact quotients are that small.
        self.divisor != 0 && self.divide(number) <= self.most
    }
}

/// Numbers that are decoded block by block.
pub(super) struct Numbers<'a> {
    packed: &'a [u8],
    count: usize,
    bits: u8,
    base: u64,
    divisor: u64,
    /// The number before the next one; only with differences.
    previous: Option<u64>,
    /// How many numbers have been handed out.
    at: usize,
    block: Box<[u64; BLOCK]>,
}

impl<'a> Numbers<'a> {
    pub(super) fn decode(input: &mut Input<'a>, count: usize) -> Result<Self, &'static str> {
        let (form, bits) = (input.u8()?, input.u8()?);
        if form > DIFFERENCES | DIVISOR || !pack::are_bits(bits) {
            return Err("it has numbers of an unknown form");
        }
        let base = input.i64()?.cast_unsigned();
        let previous = match form & DIFFERENCES {
            0 => None,
            _ => Some(input.i64()?.cast_unsigned()),
        };
        let divisor = match form & DIVISOR {
            0 => 1,
            _ => input.i64()?.cast_unsigned(),
        };
        let packed = input.bytes(pack::packed_bytes(count, bits).ok_or("it has too many numbers")?)?;
        Ok(Self {
            packed,
            count,
            bits,
            base,
            divisor,
            previous,
            at: 0,
            block: Box::new([0; BLOCK]),
        })
    }

    /// All numbers at once. The caller has checked their count.
    pub(super) fn collect(mut self) -> Vec<u64> {
        let mut numbers = Vec::with_capacity(self.count);
        while numbers.len() < self.count {
            numbers.extend_from_slice(self.next_block());
        }
        numbers
    }

    /// The next numbers, up to [`BLOCK`]; none at the end.
    pub(super) fn next_block(&mut self) -> &[u64] {
        let block = pack::unpack(self.packed, self.count, self.bits, self.at, &mut self.block);
        self.at += block.len();
        let (base, divisor) = (self.base, self.divisor);
        match divisor {
            1 => block.iter_mut().for_each(|w| *w = w.wrapping_add(base)),
            _ => block
                .iter_mut()
                .for_each(|w| *w = w.wrapping_mul(divisor).wrapping_add(base)),
        }
        if let Some(previous) = &mut self.previous {
            for number in block.iter_mut() {
                *previous = previous.wrapping_add(*number);
                *number = *previous;
            }
        }
        block
    }
}
