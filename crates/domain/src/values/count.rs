//! Numbers of things as people read them: "1 account", "5,000 accounts".

/// A number with its noun, in the plural where there is not one. `entry` becomes
/// `entries`.
#[must_use]
pub fn format_count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => {
            format!("{} {stem}ies", group_digits(number))
        }
        _ => format!("{} {noun}s", group_digits(number)),
    }
}

/// A number with groups of three, as in "4,988".
#[must_use]
pub fn group_digits(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_plural() {
        for (number, noun, text) in [
            (0, "profile", "0 profiles"),
            (1, "profile", "1 profile"),
            (2, "account", "2 accounts"),
            (5_000, "account", "5,000 accounts"),
            (1, "entry", "1 entry"),
            (3, "entry", "3 entries"),
            (2, "day", "2 days"),
        ] {
            assert_eq!(format_count(number, noun), text);
        }
        assert_eq!(
            [group_digits(7), group_digits(4988), group_digits(1_234_567)],
            ["7", "4,988", "1,234,567"]
        );
    }
}
