//! Bytes as hexadecimal digits.

/// Two lower-case digits a byte.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| {
        char::from(if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        })
    };
    // Not by a format or an iterator: names of files are made of them at each start.
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::to_hex;

    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(to_hex(&[0, 0x0a, 0x9f, 0xff]), "000a9fff");
    }
}
