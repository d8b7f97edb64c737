//! The second reader's columns of binary chunks, written from `format-spec/README.md` alone.

use crate::second_decoder::{Verdict, need};

/// Takes parts off the front.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Verdict> {
        let (head, rest) = self.0.split_at_checked(count).ok_or("damaged")?;
        self.0 = rest;
        Ok(head)
    }

    /// A little-endian number.
    fn int(&mut self, bytes: usize) -> Result<u64, Verdict> {
        Ok(self
            .bytes(bytes)?
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn presence(&mut self, rows: usize) -> Result<Vec<bool>, Verdict> {
        match self.int(1)? {
            0 => Ok(vec![true; rows]),
            1 => {
                let bitmap = self.bytes(rows.div_ceil(8))?;
                Ok((0..rows).map(|row| bitmap[row / 8] >> (row % 8) & 1 == 1).collect())
            }
            _ => Err("damaged"),
        }
    }

    fn packed(&mut self, count: usize, bits: u64) -> Result<Vec<u64>, Verdict> {
        need([0, 1, 2, 4].contains(&bits) || bits <= 64 && bits.is_multiple_of(8))?;
        let bits = bits as usize;
        if bits < 8 {
            let bytes = self.bytes((count * bits).div_ceil(8))?;
            let mask = (1 << bits) - 1;
            let number = |i: usize| bytes.get(i * bits / 8).map_or(0, |byte| byte >> (i * bits % 8)) & mask;
            return Ok((0..count).map(|i| number(i).into()).collect());
        }
        let planes = self.bytes(count * bits / 8)?;
        let number = |i: usize| {
            (0..bits / 8)
                .map(|plane| u64::from(planes[plane * count + i]) << (8 * plane))
                .sum()
        };
        Ok((0..count).map(number).collect())
    }

    fn numbers(&mut self, count: usize) -> Result<Vec<u64>, Verdict> {
        let form = self.int(1)?;
        need(form <= 3)?;
        let bits = self.int(1)?;
        let base = self.int(8)?;
        let start = if form & 1 == 1 { Some(self.int(8)?) } else { None };
        let divisor = if form & 2 == 2 { self.int(8)? } else { 1 };
        let packed = self.packed(count, bits)?;
        let mut previous = start.unwrap_or(0);
        Ok(packed
            .into_iter()
            .map(|w| {
                let number = base.wrapping_add(divisor.wrapping_mul(w));
                previous = previous.wrapping_mul(u64::from(start.is_some())).wrapping_add(number);
                previous
            })
            .collect())
    }

    /// Values whose lengths come before them.
    fn values(&mut self, count: usize) -> Result<Vec<Vec<u8>>, Verdict> {
        let lengths = self.numbers(count)?;
        lengths
            .into_iter()
            .map(|length| Ok(self.bytes(length as usize)?.to_vec()))
            .collect()
    }

    fn others(&mut self, values: &mut [Vec<u8>]) -> Result<(), Verdict> {
        let count = self.int(4)? as usize;
        let places: Vec<usize> = (0..count)
            .map(|_| Ok(self.int(4)? as usize))
            .collect::<Result<_, Verdict>>()?;
        if count > 0 {
            for (place, other) in places.into_iter().zip(self.values(count)?) {
                *values.get_mut(place).ok_or("damaged")? = other;
            }
        }
        Ok(())
    }
}

/// The fields of an encoded column, each with its length word.
pub fn fields(encoding: u8, encoded: &[u8], rows: usize) -> Result<Vec<Vec<u8>>, Verdict> {
    let mut parts = Parts(encoded);
    match encoding {
        2 => return as_they_are(encoded),
        3 => return Ok(vec![encoded.to_vec(); rows]),
        _ => {}
    }
    let presence = parts.presence(rows)?;
    let count = presence.iter().filter(|present| **present).count();
    let values = values(encoding, &mut parts, count)?;
    need(parts.0.is_empty())?;
    let mut values = values.into_iter();
    presence
        .into_iter()
        .map(|present| match present {
            true => {
                let value = values.next().ok_or("damaged")?;
                Ok([&(value.len() as u32).to_be_bytes()[..], &value].concat())
            }
            false => Ok(vec![0xff; 4]),
        })
        .collect()
}

fn values(encoding: u8, parts: &mut Parts, count: usize) -> Result<Vec<Vec<u8>>, Verdict> {
    Ok(match encoding {
        4 => parts.values(count)?,
        5 => {
            let width = parts.int(1)? as usize;
            need([1, 2, 4, 8].contains(&width))?;
            let numbers = parts.numbers(count)?;
            numbers.iter().map(|n| n.to_be_bytes()[8 - width..].to_vec()).collect()
        }
        6 => {
            let width = parts.int(1)? as usize;
            let planes = parts.bytes(width * count)?;
            let value = |i: usize| (0..width).map(|plane| planes[plane * count + i]).collect();
            (0..count).map(value).collect()
        }
        7 => {
            let scales = match parts.int(1)? {
                255 => parts.numbers(count)?,
                scale => vec![scale; count],
            };
            let mantissas = parts.numbers(count)?;
            let pairs = mantissas.iter().zip(scales);
            let mut values = pairs
                .map(|(mantissa, scale)| numeric(*mantissa as i64, scale as u32))
                .collect::<Vec<_>>();
            parts.others(&mut values)?;
            values
        }
        8 => {
            let entries = parts.int(4)? as usize;
            let entries = parts.values(entries)?;
            let last = entries.len().checked_sub(1).ok_or("damaged")? as u64;
            let bits = match u64::from(64 - last.leading_zeros()) {
                bits @ 0..=2 => bits,
                3..=4 => 4,
                bits => bits.next_multiple_of(8),
            };
            let places = parts.packed(count, bits)?;
            let entry = |place: u64| entries.get(place as usize).cloned().ok_or("damaged");
            places.into_iter().map(entry).collect::<Result<_, _>>()?
        }
        9 => {
            let width = parts.int(1)? as usize;
            let mask = parts.int(8)?;
            let template = parts.bytes(width)?;
            let numbers = parts.numbers(count)?;
            let places: Vec<usize> = (0..width).filter(|i| mask >> i & 1 == 1).collect();
            let value = |mut number: u64| {
                let mut value = template.to_vec();
                for place in places.iter().rev() {
                    value[*place] = b'0' + (number % 10) as u8;
                    number /= 10;
                }
                value
            };
            numbers.into_iter().map(value).collect()
        }
        10 => {
            let width = parts.int(1)?;
            let scale = 10f64.powi(parts.int(1)? as i32);
            let mantissas = parts.numbers(count)?;
            let value = |mantissa: u64| {
                let double = mantissa as i64 as f64 / scale;
                match width {
                    4 => (double as f32).to_be_bytes().to_vec(),
                    _ => double.to_be_bytes().to_vec(),
                }
            };
            let mut values: Vec<Vec<u8>> = mantissas.into_iter().map(value).collect();
            parts.others(&mut values)?;
            values
        }
        11 => {
            let rest = parts.bytes(parts.0.len())?;
            let mut values: Vec<Vec<u8>> = rest.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
            need(values.pop().is_some_and(|after| after.is_empty()) && values.len() == count)?;
            values
        }
        _ => return Err("damaged"),
    })
}

/// PostgreSQL's binary form of `mantissa / 10^scale`.
fn numeric(mantissa: i64, scale: u32) -> Vec<u8> {
    // Whole digits to base 10000 on both sides of the point.
    let fraction = scale.div_ceil(4);
    let mut left = u128::from(mantissa.unsigned_abs()) * 10u128.pow(fraction * 4 - scale);
    let mut digits = Vec::new();
    while left > 0 {
        digits.insert(0, (left % 10_000) as u16);
        left /= 10_000;
    }
    let weight = if digits.is_empty() {
        0
    } else {
        digits.len() as i32 - fraction as i32 - 1
    };
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let sign = if mantissa < 0 { 0x4000 } else { 0 };
    let head = [digits.len() as u16, weight as u16, sign, scale as u16];
    head.iter().chain(&digits).flat_map(|word| word.to_be_bytes()).collect()
}

fn as_they_are(mut column: &[u8]) -> Result<Vec<Vec<u8>>, Verdict> {
    let mut fields = Vec::new();
    while !column.is_empty() {
        let length = column.get(..4).ok_or("damaged")?;
        let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
        need(length >= -1)?;
        let (field, rest) = column.split_at_checked(4 + length.max(0) as usize).ok_or("damaged")?;
        fields.push(field.to_vec());
        column = rest;
    }
    Ok(fields)
}
