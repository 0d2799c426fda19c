//! What a search needs is made in parts while the portal waits for keys. What a search finds doesn't depend on how much
//! of it is there when it is typed.

use genkan::domain::records::history::{Action, History};
use genkan::domain::rules::{Given, Match, Rule, RuleSet};
use genkan::domain::{Changes, SignInState};
use genkan::sandbox::Organisation;
use genkan::tui::model::Options;
use genkan::tui::msg::Msg;
use proptest::prelude::*;

use crate::support::driver::{Driver, later, now, options};
use crate::support::env::{catalog, session};

/// More accounts than are taken in at a time, three times over.
const ACCOUNTS: usize = 1_300;

/// A portal with many accounts, some of which have an alias and a tag.
fn portal() -> Driver {
    let matches = Match {
        account: vec!["search-*".parse().unwrap()],
        permission_set: vec!["*Admin*".parse().unwrap()],
        ..Match::default()
    };
    let given = Given {
        alias: Some("lookup".parse().unwrap()),
        tags: vec!["team=find".parse().unwrap()],
        ..Given::default()
    };
    let options = Options {
        rules: RuleSet::new(vec![Rule { matches, given }]).into(),
        ..options()
    };
    let mut driver = Driver::new(options, vec![session("tanuki")], History::default());
    let organisation = Organisation::generated(ACCOUNTS, 3);
    let catalog = catalog(&organisation, later(-30));
    let used = catalog.targets("tanuki").swap_remove(2_000);
    driver.model.history.record((&used).into(), Action::Shell, now());
    driver.send(Msg::Loaded {
        of_earlier_sign_in: false,
        session: "tanuki".into(),
        catalog: Some(catalog),
        changes: Changes::default(),
        expiries: Vec::new(),
        sign_in: SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        },
        notices: Vec::new(),
    });
    driver
}

/// How many targets are found, which are on the screen, and the letters that are marked there.
fn found(driver: &Driver) -> String {
    let lines = driver.model.browse.visible().iter().map(|line| {
        let row = line.row.as_ref();
        let row = row.map(|row| (&row.account().id, row.permission_set()));
        format!("{row:?} {:?} {:?}", line.kind, line.marks)
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "{:?} {:?}\n{}",
        driver.model.browse.counts(),
        driver.model.browse.correction(),
        lines.join("\n")
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn query_finds_the_same_at_any_moment_of_the_index(
        parts in 0_usize..4,
        between in 0_usize..3,
        query in prop_oneof![
            "(pay|prod|zur|決|lookup|tag:find|adm|12|sys|!dev|data-platfrm) ?(prod|ad|2|osaka)?",
            "[a-z0-9 ]{1,3}",
        ],
    ) {
        let (mut early, mut complete) = (portal(), portal());
        for _ in 0..parts {
            prop_assert!(early.model.has_unprepared());
            early.model.browse.prepare_search();
        }
        while complete.model.has_unprepared() {
            complete.model.browse.prepare_search();
        }
        for letter in query.chars() {
            early.type_text(&letter.to_string());
            complete.type_text(&letter.to_string());
            prop_assert_eq!(found(&early), found(&complete));
            // The loop may go on with it whenever no key comes.
            for _ in 0..between {
                early.model.browse.prepare_search();
            }
        }
    }
}
