//! Session tags of AssumeRole: their limits, and what passes along a chain.

use hyper::StatusCode;

use crate::serving::http::Fields;
use crate::serving::query::{Checks, Refusal};

const MOST: usize = 50;

/// The keys that are passed on to later sessions: those that the caller has and those that the request adds.
pub(super) fn transitive_keys(
    form: &Fields,
    checks: &mut Checks<'_>,
    inherited: &[String],
) -> Result<Vec<String>, Refusal> {
    let keys: Vec<&str> = list_members(form, "Tags", ".Key");
    let values: Vec<&str> = list_members(form, "Tags", ".Value");
    let passed: Vec<&str> = list_members(form, "TransitiveTagKeys", "");
    for (name, list) in [("Tags", &keys), ("TransitiveTagKeys", &passed)] {
        if list.len() > MOST {
            checks.fail(
                Some(&format!("{} members", list.len())),
                name,
                "have length less than or equal to 50",
            );
        }
    }
    for key in keys.iter().chain(&passed) {
        checks.length("tags.member.key", key, 1, 128);
    }
    for value in &values {
        checks.length("tags.member.value", value, 0, 256);
    }
    if (1..keys.len()).any(|at| {
        keys.iter()
            .take(at)
            .any(|earlier| keys.get(at).is_some_and(|key| key.eq_ignore_ascii_case(earlier)))
    }) {
        return Err(invalid_tags(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ));
    }
    let is_inherited = |key: &&str| inherited.iter().any(|known| known.eq_ignore_ascii_case(key));
    if keys.iter().any(is_inherited) {
        return Err(invalid_tags(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
             from the calling session.",
        ));
    }
    if let Some(foreign) = passed
        .iter()
        .find(|key| !keys.iter().any(|tag| tag.eq_ignore_ascii_case(key)))
    {
        return Err(invalid_tags(&format!(
            "The specified transitive tag key {foreign} must be included in the requested tags."
        )));
    }
    let added = passed.into_iter().map(str::to_owned);
    Ok(inherited.iter().cloned().chain(added).collect())
}

fn invalid_tags(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "InvalidParameterValue", message)
}

/// The members of a list, from 1 to the first that is not there.
fn list_members<'f>(form: &'f Fields, list: &str, field: &str) -> Vec<&'f str> {
    (1..=MOST + 1)
        .map_while(|number| form.get(&format!("{list}.member.{number}{field}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str, inherited: &[String]) -> Result<Vec<String>, String> {
        let form = Fields::parse(text.as_bytes());
        let mut checks = Checks::new(&form);
        let tags = transitive_keys(&form, &mut checks, inherited).map_err(|refusal| refusal.message)?;
        checks.finish().map_err(|refusal| refusal.message)?;
        Ok(tags)
    }

    #[test]
    fn limits_and_inheritance() {
        let one = "Tags.member.1.Key=team&Tags.member.1.Value=blue";
        assert_eq!(tags(one, &[]), Ok(vec![]));
        let passed = format!("{one}&TransitiveTagKeys.member.1=team");
        assert_eq!(tags(&passed, &[]), Ok(vec!["team".to_owned()]));
        let inherited = ["Team".to_owned()];
        assert_eq!(tags("", &inherited), Ok(inherited.to_vec()));
        for (text, inherited, why) in [
            (one, &inherited[..], "conflicts with"),
            (
                "Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.2.Key=A&Tags.member.2.Value=",
                &[],
                "Duplicate",
            ),
            ("TransitiveTagKeys.member.1=a", &[], "must be included"),
            ("Tags.member.1.Key=&Tags.member.1.Value=", &[], "length greater"),
        ] {
            let refused = tags(text, inherited).unwrap_err();
            assert!(refused.contains(why), "{text}: {refused}");
        }
        let many: Vec<String> = (1..=51)
            .map(|n| format!("Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value="))
            .collect();
        assert!(
            tags(&many.join("&"), &[])
                .unwrap_err()
                .contains("less than or equal to 50")
        );
        let long = format!("Tags.member.1.Key=k&Tags.member.1.Value={}", "v".repeat(257));
        assert!(tags(&long, &[]).unwrap_err().contains("256"));
    }
}
