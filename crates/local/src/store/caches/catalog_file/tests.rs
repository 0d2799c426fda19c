//! What is written is read, whole or one account alone, and nothing else ever is.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::domain::text::CleanText;
use crate::domain::{Account, AccountId};
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::atomic::write_private;

fn entry(id: &str, name: &str, sets: &[&str], problem: Option<&str>) -> AccountEntry {
    AccountEntry {
        account: Account {
            id: id.parse().expect("an id"),
            name: name.into(),
            email: format!("{id}@example.com").into(),
        },
        permission_sets: sets.iter().map(PermissionSetName::new).collect(),
        listed_at: problem.is_none().then_some(Timestamp::UNIX_EPOCH),
        problem: problem.map(CleanText::new),
    }
}

fn catalog() -> Catalog {
    let entries = [
        entry("000000000003", "決済 \"本番\"", &["Admin", "View"], None),
        entry("000000000002", "lab", &["View"], None),
        entry("000000000001", "Zoo", &[], Some("throttled")),
    ];
    let mut catalog = Catalog::from_entries(entries, Some(Timestamp::UNIX_EPOCH));
    catalog.sign_in = Some(SignInId::new("first"));
    catalog
}

fn read(text: &str) -> serde_json::Result<Option<Catalog>> {
    decode_catalog(text.as_bytes().to_vec())
}

fn opened(folder: &Path, bytes: &[u8]) -> Option<CatalogFile> {
    let path = folder.join("x.catalog");
    write_private(&path, bytes).expect("writes");
    CatalogFile::open(
        safe_open::open_file(&path, FileKind::Own)
            .expect("opens")
            .expect("there"),
    )
}

#[test]
fn what_was_written_is_read() {
    let text = encode_catalog(&catalog()).expect("encodes");
    assert_eq!(text.lines().count(), 3 + 4);
    assert_eq!(read(&text).expect("decodes"), Some(catalog()));
    let nothing = encode_catalog(&Catalog::default()).expect("encodes");
    assert_eq!(read(&nothing).expect("decodes"), Some(Catalog::default()));
}

#[test]
fn a_file_that_was_cut_anywhere_is_no_catalog() {
    let text = encode_catalog(&catalog()).expect("encodes");
    let folder = tempfile::tempdir().expect("a folder");
    for length in 0..text.len() {
        assert!(
            decode_catalog(text.as_bytes()[..length].to_vec()).is_err(),
            "{length}"
        );
        assert!(
            opened(folder.path(), &text.as_bytes()[..length]).is_none(),
            "{length}"
        );
    }
}

/// Of a file in which a byte is another one, nothing is read that was never written.
#[test]
fn a_file_with_a_foreign_byte_is_no_catalog_and_gives_no_other_account() {
    let text = encode_catalog(&catalog()).expect("encodes");
    let folder = tempfile::tempdir().expect("a folder");
    for at in 0..text.len() {
        for flip in [1, 0x20, 0x80] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= flip;
            // A version of another genkan is one that is read as nothing.
            assert!(
                !matches!(decode_catalog(bytes.clone()), Ok(Some(_))),
                "{at} {flip}"
            );
            let Some(file) = opened(folder.path(), &bytes) else {
                continue;
            };
            for entry in catalog().entries() {
                let found = file.account(&entry.account.id);
                assert!(found.is_none_or(|found| found == **entry), "{at} {flip}");
                for found in file.accounts_named(&entry.account.name).unwrap_or_default() {
                    assert_eq!(found, **entry, "{at} {flip}");
                }
            }
        }
    }
}

#[test]
fn names_are_found_without_reading_the_accounts() {
    let text = encode_catalog(&catalog()).expect("encodes");
    let folder = tempfile::tempdir().expect("a folder");
    let file = opened(folder.path(), text.as_bytes()).expect("whole");
    let names: Vec<String> = file.permission_sets().iter().map(ToString::to_string).collect();
    // In the order in which the accounts, sorted by name, use them.
    assert_eq!(names, ["View", "Admin"]);
    assert_eq!(file.sign_in, Some(SignInId::new("first")));
    let name = |id: &str| Some(file.account(&id.parse().expect("an ID"))?.account.name);
    assert_eq!(name("000000000003").as_deref(), Some("決済 \"本番\""));
    assert_eq!(name("000000000001").as_deref(), Some("Zoo"));
    for id in ["000000000000", "000000000004", "999999999999"] {
        assert_eq!(name(id), None);
    }
    assert_eq!(file.accounts_named("zoo"), Some(Vec::new()));
    let nothing = encode_catalog(&Catalog::default()).expect("encodes");
    let nothing = opened(folder.path(), nothing.as_bytes()).expect("whole");
    assert_eq!(nothing.account(&"000000000001".parse().expect("an ID")), None);
    assert_eq!(nothing.accounts_named("lab"), Some(Vec::new()));
}

/// As many as take several looks; a thousand of one name.
#[test]
fn each_account_of_thousands_is_found_by_id_and_by_name() {
    let entries = (0..3_000_u32).map(|n| {
        let name = if n % 3 == 0 {
            "twin".to_owned()
        } else {
            format!("account {n} {}", "é".repeat(n as usize % 400))
        };
        entry(
            &format!("{:012}", 7 * u64::from(n)),
            &name,
            &["Admin", "View"][..n as usize % 3],
            None,
        )
    });
    let catalog = Catalog::from_entries(entries, None);
    let text = encode_catalog(&catalog).expect("encodes");
    let folder = tempfile::tempdir().expect("a folder");
    let file = opened(folder.path(), text.as_bytes()).expect("whole");
    for entry in catalog.entries() {
        let id = &entry.account.id;
        assert_eq!(file.account(id).as_ref(), Some(&**entry));
        let next = id.as_str().parse::<u64>().expect("digits") + 1;
        assert_eq!(file.account(&format!("{next:012}").parse().expect("an ID")), None);
        if *entry.account.name != *"twin" {
            assert_eq!(
                file.accounts_named(&entry.account.name),
                Some(vec![(**entry).clone()])
            );
        }
    }
    assert_eq!(file.accounts_named("twin").map(|twins| twins.len()), Some(1_000));
    assert_eq!(file.accounts_named("account"), Some(Vec::new()));
}

#[test]
fn a_file_of_another_version_is_not_broken() {
    for (text, ours) in [
        (
            r#"{"version":3,"synced_at":1,"accounts":0,"permission_sets":[]}"#,
            false,
        ),
        (
            r#"{"version":5,"synced_at":null,"accounts":0,"permission_sets":[]}"#,
            false,
        ),
        (r#"{"version":4,"accounts":[]}"#, true),
        (
            r#"{"version":4,"synced_at":1,"accounts":0,"permission_sets":[]}"#,
            true,
        ),
        ("[1]", true),
        ("7", true),
    ] {
        assert_eq!(read(text).is_err(), ours, "{text}");
    }
}

const HEADER: &str =
    r#"{"version":4,"synced_at":99999999999999999,"accounts":1,"permission_sets":["A\u001b[2J"]}"#;

#[test]
fn what_another_program_wrote_is_cleaned() {
    let lines = ["000000000001\ta\u{202e}b\te\u{1b}[31m\t0 7 x\t-1\t\u{9b}".to_owned()];
    let text = seal_lines(HEADER, &lines);
    let catalog = read(&text).expect("decodes").expect("ours");
    let folder = tempfile::tempdir().expect("a folder");
    let file = opened(folder.path(), text.as_bytes()).expect("whole");
    let alone = file.account(&"000000000001".parse().expect("an ID"));
    let entry = &catalog.entries()[0];
    assert_eq!(alone.as_ref(), Some(&**entry));
    let shown: Vec<&str> = entry
        .permission_sets
        .iter()
        .map(PermissionSetName::as_str)
        .collect();
    assert_eq!(shown, ["A\u{fffd}[2J"]);
    assert_eq!(
        (&*entry.account.name, &*entry.account.email),
        ("a\u{fffd}b", "e\u{fffd}[31m")
    );
    assert_eq!(entry.problem.as_deref(), Some("\u{fffd}"));
    assert_eq!(catalog.synced_at, None);
}

#[test]
fn what_makes_no_sense_is_no_catalog() {
    for line in [
        "12\tshort ID\t\t0\t\t",
        "000000000001\ttoo few\t",
        "000000000001\ttoo many\t\t\t\t\t",
        "",
    ] {
        assert!(read(&seal_lines(HEADER, &[line.to_owned()])).is_err(), "{line}");
    }
    let twice = [
        "000000000001\ta\t\t\t\t".to_owned(),
        "000000000001\tb\t\t\t\t".to_owned(),
    ];
    assert!(
        read(&seal_lines(
            &HEADER.replace("\"accounts\":1", "\"accounts\":2"),
            &twice
        ))
        .is_err()
    );
    assert!(read(&seal_lines(HEADER, &twice)).is_err(), "more than it says");
}

fn entries() -> impl Strategy<Value = Vec<AccountEntry>> {
    let one = (
        0_u64..40,
        "[a-c決é\u{202e}\t ]{0,4}",
        "[a@.]{0,4}",
        proptest::sample::subsequence(vec!["Admin", "Bill", "View via 000000000001/Admin", "決"], 0..4),
        proptest::option::of(-9_i64..9_999_999_999),
        proptest::option::of("[a\n決]{1,3}"),
    );
    let entry = one.prop_map(|(id, name, email, sets, at, problem)| AccountEntry {
        account: Account {
            id: format!("{id:012}").parse::<AccountId>().expect("an ID"),
            name: name.into(),
            email: email.into(),
        },
        permission_sets: sets.into_iter().map(PermissionSetName::new).collect(),
        listed_at: at.and_then(super::parse_time),
        problem: problem.map(CleanText::new),
    });
    proptest::collection::vec(entry, 0..30)
}

proptest! {
    #[test]
    fn any_catalog_is_read_as_it_was_written(entries in entries(), synced: Option<bool>) {
        let mut catalog = Catalog::from_entries(entries, synced.map(|_| Timestamp::UNIX_EPOCH));
        catalog.sign_in = synced.map(|_| SignInId::new("x"));
        let text = encode_catalog(&catalog).expect("encodes");
        prop_assert_eq!(read(&text).expect("decodes"), Some(catalog.clone()));
        let folder = tempfile::tempdir().expect("a folder");
        let file = opened(folder.path(), text.as_bytes()).expect("whole");
        for entry in catalog.entries() {
            let alone = file.account(&entry.account.id);
            prop_assert_eq!(alone.as_ref(), Some(&**entry));
            let named = file.accounts_named(&entry.account.name).expect("whole");
            let expected = catalog.entries().iter().filter(|other| other.account.name == entry.account.name);
            prop_assert_eq!(named.len(), expected.count());
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>, places: [u32; 4]) {
        let _ = decode_catalog(bytes.clone());
        let folder = tempfile::tempdir().expect("a folder");
        let mut text = seal_lines(HEADER, &["000000000001\ta\t\t\t\t".to_owned()]);
        let at = places[0] as usize % text.len();
        text.truncate(at);
        text.push_str(&String::from_utf8_lossy(&bytes));
        // The last line is believed as far as the file agrees with it.
        text.push_str("end ");
        for place in places {
            digits::push_digits(&mut text, u64::from(place % 200), 5);
        }
        text.push_str(&"0".repeat(22));
        text.push('\n');
        let _ = decode_catalog(text.clone().into_bytes());
        if let Some(file) = opened(folder.path(), text.as_bytes()) {
            let _ = file.account(&"000000000001".parse().expect("an ID"));
            let _ = file.accounts_named("a");
        }
    }
}
