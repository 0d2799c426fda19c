//! Numbers of a fixed length as text, and checksums.
//!
//! In text, so that a file is whole text whatever version of genkan reads it, and of a fixed length, so that the place of
//! each is known without reading those before it.

/// Each is six bits.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

const BITS: u32 = 6;

/// The digits of all bits of a checksum.
pub(super) const ALL: usize = 11;

/// Appends a number in so many digits; what is too large loses its upper bits.
pub(super) fn push_digits(text: &mut String, number: u64, digits: usize) {
    for place in (0..digits).rev() {
        let shift = u32::try_from(place).map_or(u64::BITS, |place| place * BITS);
        let digit = number.checked_shr(shift).unwrap_or_default() % 64;
        let digit = usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit));
        text.extend(digit.map(|digit| char::from(*digit)));
    }
}

/// The number that some digits stand for.
pub(super) fn parse_number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'Z' => digit - b'A' + 10,
            b'a'..=b'z' => digit - b'a' + 36,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        Some((number << BITS) | u64::from(digit))
    })
}

/// A number that is to be used as an index.
pub(super) fn parse_index(digits: &[u8]) -> Option<usize> {
    usize::try_from(parse_number(digits)?).ok()
}

/// A checksum by which one changed byte is always seen, and other damage nearly always. It protects from a disk or a
/// program that went wrong, not from one that means harm: that could write a checksum, too, and so every text is cleaned
/// when it is read, whatever the checksum says.
pub(super) fn compute_checksum(bytes: &[u8]) -> u64 {
    // Four at a time, for none of them waits for another. Each step can be undone, so that what differs stays different.
    let mut lanes = [1_u64, 2, 3, 4];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = mix_word(*lane, u64::from_le_bytes(*word));
        }
    }
    let mut sum = bytes.len() as u64;
    for word in rest.chunks(8) {
        let mut whole = [0; 8];
        for (to, from) in whole.iter_mut().zip(word) {
            *to = *from;
        }
        sum = mix_word(sum, u64::from_le_bytes(whole));
    }
    for lane in lanes {
        sum = mix_word(sum, lane);
    }
    sum ^ (sum >> 32)
}

fn mix_word(sum: u64, word: u64) -> u64 {
    (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_digit_is_no_number() {
        for bad in ["", "0 0", "0\n", "é"] {
            assert_eq!(
                parse_number(bad.as_bytes()),
                (bad.is_empty()).then_some(0),
                "{bad:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(value: u64) {
            let mut text = String::new();
            push_digits(&mut text, value, ALL);
            prop_assert_eq!(text.len(), ALL);
            prop_assert_eq!(parse_number(text.as_bytes()), Some(value));
            let mut short = String::new();
            push_digits(&mut short, value, 4);
            prop_assert_eq!(parse_number(short.as_bytes()), Some(value % (1 << 24)));
        }

        #[test]
        fn every_changed_byte_changes_the_checksum(bytes: Vec<u8>, at: proptest::sample::Index, flip in 1_u8..) {
            if !bytes.is_empty() {
                let mut changed = bytes.clone();
                changed[at.index(bytes.len())] ^= flip;
                prop_assert_ne!(compute_checksum(&bytes), compute_checksum(&changed));
            }
        }
    }
}
