//! The glossary names types and modules that exist.

use crate::support::documents::read;
use crate::support::sources;

/// Whether the house has a module, a type, or a member of one, under this name.
fn exists(name: &str, all: &[sources::Source]) -> bool {
    let mut place = String::new();
    let mut steps = name.trim_end_matches('/').split("::").peekable();
    while let Some(step) = steps.peek() {
        let deeper = format!("{place}{step}");
        if sources::find_path(&deeper).is_none() {
            break;
        }
        place = deeper + "/";
        steps.next();
    }
    let is_there = |source: &sources::Source| source.name.replace(".rs", "/").starts_with(&place);
    let text: String = all
        .iter()
        .filter(|source| is_there(source))
        .map(|source| source.text.as_str())
        .collect();
    steps.all(|item| {
        ["struct ", "enum ", "trait ", "type ", "fn ", "pub "]
            .iter()
            .any(|keyword| {
                text.split(&format!("{keyword}{item}"))
                    .skip(1)
                    .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            })
    })
}

#[test]
fn types_and_modules_of_the_glossary_exist() {
    let all = sources::sources();
    let mut checked = 0;
    for row in read("docs/src/glossary.md")
        .lines()
        .filter(|line| line.starts_with("| "))
    {
        let place = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for name in place.split('`').skip(1).step_by(2) {
            assert!(
                exists(name, &all),
                "the glossary names `{name}`, which the sources don't have"
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
    assert!(!exists("domain::NoSuchType", &all) && !exists("no_such_module", &all));
}
