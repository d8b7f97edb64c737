//! Just enough DER to read a certificate's outline.

pub(in crate::connect) const INTEGER: u8 = 0x02;
pub(in crate::connect) const BIT_STRING: u8 = 0x03;
pub(in crate::connect) const OID: u8 = 0x06;
pub(in crate::connect) const SEQUENCE: u8 = 0x30;
pub(in crate::connect) const SET: u8 = 0x31;

/// One element: its tag, all of its bytes, and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) struct Element<'a> {
    pub(in crate::connect) tag: u8,
    pub(in crate::connect) whole: &'a [u8],
    pub(in crate::connect) content: &'a [u8],
}

/// Takes the next element off the front; `None` when there is no whole one.
pub(in crate::connect) fn take<'a>(der: &mut &'a [u8]) -> Option<Element<'a>> {
    let all = *der;
    let (&tag, rest) = all.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if digits == 0 || digits > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(digits)?;
        let len = digits.iter().fold(0_u64, |len, &digit| (len << 8) | u64::from(digit));
        (usize::try_from(len).ok()?, rest)
    };
    let (content, rest) = rest.split_at_checked(len)?;
    *der = rest;
    Some(Element {
        tag,
        whole: &all[..all.len() - rest.len()],
        content,
    })
}

/// Takes the next element, which must have this tag; its content.
pub(in crate::connect) fn expect<'a>(der: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let element = take(der)?;
    (element.tag == tag).then_some(element.content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_follow_each_other() {
        let mut der: &[u8] = &[0x30, 0x81, 0x02, 0x05, 0x00, 0x02, 0x01, 0x07];
        assert_eq!(expect(&mut der, SEQUENCE), Some(&[0x05, 0x00][..]));
        let last = take(&mut der).unwrap();
        assert_eq!(last.whole, [0x02, 0x01, 0x07]);
        assert_eq!(last.content, [7]);
        assert_eq!(take(&mut der), None);
        for broken in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x30, 0x80],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(take(&mut &broken[..]), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut der = &bytes[..];
            while let Some(element) = take(&mut der) {
                prop_assert!(element.whole.len() >= 2 + element.content.len());
            }
        }
    }
}
