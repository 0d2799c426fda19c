//! `~/.aws/config`: the user's own file.

use std::collections::BTreeSet;

use genkan::domain::targets::profile::KEYS;
use genkan::domain::text::is_unchanged_by_cleaning;
use genkan::store::{ConfigFile, ManagedProfile};

use super::session;

/// Every byte stays, what is shown can be shown, and a session can be added.
pub fn config(data: &[u8]) {
    let mut file = ConfigFile::parse(data);
    assert_eq!(file.to_bytes(), data, "every byte stays");
    for session in file.sso_sessions() {
        assert!(is_unchanged_by_cleaning(&session.name), "{:?}", session.name);
        assert!(
            is_unchanged_by_cleaning(session.start_url.as_str()),
            "{session:?}"
        );
    }
    for problem in file.problems() {
        assert!(problem.chars().all(|c| !c.is_control()), "{problem:?}");
    }
    let _ = (
        file.default_region(),
        file.faults().len(),
        file.nameless_profiles(),
    );
    for profile in file.profiles() {
        let _ = (profile.source(), profile.sso(), file.session_of(&profile));
        let _ = file.services_endpoint(&profile.name, &["sso_oidc"]);
    }
    if file.add_sso_session(&session()) {
        assert!(file.to_bytes().starts_with(data), "every byte stays");
        assert!(
            file.sso_sessions().contains(&session()),
            "what was added is found"
        );
    }
}

fn managed(name: &str) -> ManagedProfile {
    ManagedProfile {
        name: name.to_owned(),
        keys: vec![
            ("sso_session", "fuzz".to_owned()),
            ("region", "eu-west-1".to_owned()),
        ],
    }
}

/// Profiles of genkan's are written and taken out again: outside of its lines every byte stays.
pub fn block(data: &[u8]) {
    let mut file = ConfigFile::parse(data);
    let (before, after) = outside(data);
    let own = file.own_profiles();
    let wanted = [managed("zebra"), managed("alpha")];
    let done = file.set_managed_profiles(&wanted, &BTreeSet::new(), &KEYS);
    let written = file.to_bytes();
    let stays = |written: &[u8]| written.starts_with(before) && written.ends_with(after);
    if done.is_err() {
        assert_eq!(written, data, "what can't be changed stays");
        return;
    }
    assert!(stays(&written), "{:?}", String::from_utf8_lossy(&written));
    let names = |file: &ConfigFile| -> Vec<String> {
        let profiles = file.managed_profiles().expect("it can be read");
        profiles.into_iter().map(|profile| profile.name).collect()
    };
    for ManagedProfile { name, keys } in &wanted {
        let profiles = file.managed_profiles().expect("it can be read");
        let found = profiles.iter().find(|profile| profile.name == *name);
        for (key, value) in keys {
            let said = found.and_then(|profile| profile.get(key));
            assert_eq!(said, Some(value.as_str()), "{name} {key}");
        }
    }
    let of = |profiles: &[genkan::store::Profile]| -> Vec<String> {
        profiles.iter().map(|profile| profile.name.clone()).collect()
    };
    let own_now = file.own_profiles().expect("it can be read");
    assert_eq!(own.map(|own| of(&own)).ok(), Some(of(&own_now)));
    // What is written is what is read, and writing it again changes nothing.
    let mut again = ConfigFile::parse(&written);
    assert!(
        again
            .set_managed_profiles(&wanted, &BTreeSet::new(), &KEYS)
            .is_ok()
    );
    assert_eq!(again.to_bytes(), written);
    let gone = BTreeSet::from(["alpha".to_owned()]);
    assert!(again.set_managed_profiles(&[], &gone, &KEYS).is_ok());
    assert!(stays(&again.to_bytes()));
    assert!(!names(&again).contains(&"alpha".to_owned()) && names(&again).contains(&"zebra".to_owned()));
}

/// What stands before genkan's lines and behind them; all stands before them where there are none.
fn outside(data: &[u8]) -> (&[u8], &[u8]) {
    let place = |mark: &str| {
        let mut at = 0;
        for line in data.split_inclusive(|b| *b == b'\n') {
            let text = std::str::from_utf8(line).unwrap_or_default();
            if text.trim_start_matches('\u{feff}').trim() == mark {
                return Some((at, at + line.len()));
            }
            at += line.len();
        }
        None
    };
    match (place("# genkan profiles begin"), place("# genkan profiles end")) {
        (Some((begin, _)), Some((_, end))) => (
            data.get(..begin).unwrap_or_default(),
            data.get(end..).unwrap_or_default(),
        ),
        _ => (data, &[]),
    }
}
