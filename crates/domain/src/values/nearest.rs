//! "Did you mean": which known names a text is probably a typo of.

/// How much of a text is compared, in characters: comparing takes time with the length of both, and there
/// may be thousands of names.
const COMPARED: usize = 100;

/// How alike a text and a name are, from 0 to 1, ignoring case; `None` where the name is not near: more than
/// one typo (a letter too many, missing, wrong or swapped) in three characters.
#[must_use]
pub fn measure_similarity(text: &str, name: &str) -> Option<f64> {
    let (text, name) = (compared_part(text), compared_part(name));
    let typos = strsim::osa_distance(&text, &name);
    let most = text.chars().count().max(name.chars().count());
    (typos * 3 <= most).then(|| strsim::normalized_damerau_levenshtein(&text, &name))
}

/// The names that a text is near to, best first, at most `most`.
#[must_use]
pub fn nearest_names<'a>(text: &str, names: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .filter_map(|name| Some((measure_similarity(text, name)?, name)))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(most).map(|(_, name)| name).collect()
}

/// `; did you mean X?`, or nothing: the end of a sentence about a value that is not known.
#[must_use]
pub fn suggest_name<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest_names(text, names, 1).first() {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

/// The part of a text that is compared, in lower case.
#[must_use]
pub fn compared_part(text: &str) -> String {
    text.chars().take(COMPARED).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["cloudwatch", "cloudfront", "s3", "sns", "ec2", "dynamodb", "new"];
        for (text, expected) in [
            ("cloudwacth", &["cloudwatch"][..]),
            ("CLOUDFRNT", &["cloudfront"]),
            ("dynamo-db", &["dynamodb"]),
            ("nonsense", &[]),
            ("nwe", &["new"]),
            ("s4", &[]),
            ("", &[]),
        ] {
            assert_eq!(nearest_names(text, names, 1), expected, "{text}");
        }
        assert_eq!(suggest_name("dynamdb", names), "; did you mean `dynamodb`?");
        assert_eq!(suggest_name("zzz", names), "");
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_compared() {
        assert_eq!(compared_part(&"PAYMENTS".repeat(100_000)).len(), COMPARED);
    }
}
