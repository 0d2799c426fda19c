//! What a large organisation costs: 5 000 accounts with 4 permission sets each. Compare the
//! figures of one run with each other, never with those of another machine.
//!
//! `cargo bench --bench large`
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement may stop")]

use std::cell::RefCell;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::{Bencher, black_box};
use genkan::domain::export::ExportFormat;
use genkan::domain::history::History;
use genkan::domain::rules::RuleSet;
use genkan::domain::{Account, AccountEntry, Catalog, PermissionSetName, SignInId, SsoSession};
use genkan::domain::{SignInState, SyncEvent};
use genkan::platform::paths::{PathVariables, Paths};
use genkan::sandbox::Organisation;
use genkan::settings::ThemeName;
use genkan::store::{CatalogCache, SyncJournal};
use genkan::tui::effect::{Effect, RequestId};
use genkan::tui::model::{Model, Options};
use genkan::tui::msg::{Msg, SyncMsg};
use genkan::tui::theme::Theme;
use genkan::tui::update::update;
use genkan::tui::view;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tempfile::TempDir;

const ACCOUNTS: usize = 5_000;
const PERMISSION_SETS: usize = 4;

fn main() {
    divan::main();
}

fn now() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

fn later(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(now().as_millisecond() + milliseconds).unwrap()
}

fn session() -> SsoSession {
    SsoSession::new(
        "tanuki",
        "https://tanuki.awsapps.com/start".parse().unwrap(),
        "ap-northeast-1".parse().unwrap(),
    )
}

fn catalog() -> Catalog {
    let entries = Organisation::generated(ACCOUNTS, PERMISSION_SETS)
        .accounts
        .into_iter()
        .map(|account| AccountEntry {
            account: Account {
                id: account.id.parse().unwrap(),
                name: account.name.into(),
                email: account.email.into(),
            },
            permission_sets: account
                .permission_sets
                .iter()
                .map(PermissionSetName::new)
                .collect(),
            listed_at: Some(now()),
            problem: None,
        });
    Catalog::from_entries(entries, Some(now()))
}

fn journal(cache: &CatalogCache) -> SyncJournal {
    cache.begin_listing(&session(), &SignInId::new("first")).journal
}

/// A cache that holds the catalog: as a finished file, or as the journal of a listing.
fn cache(finished: bool) -> (TempDir, CatalogCache) {
    let home = tempfile::tempdir().unwrap();
    let variables = PathVariables {
        home: Some(home.path().to_owned()),
        ..PathVariables::default()
    };
    let cache = CatalogCache::new(&Paths::resolve(&variables).unwrap());
    let mut journal = journal(&cache);
    let catalog = catalog();
    if finished {
        cache.finish(&session(), &catalog, journal).unwrap();
    } else {
        for entry in catalog.entries() {
            journal.accounts(std::slice::from_ref(&entry.account));
            journal.listed(&entry.account.id, &entry.permission_sets, now());
        }
    }
    (home, cache)
}

/// The portal once disk has told what it knows, and the id of the listing that it asks for.
fn portal(catalog: Catalog) -> (Model, RequestId) {
    let options = Options {
        theme: Theme::named(ThemeName::Default, true),
        colour: true,
        vim: false,
        pick_for: None,
        picked_to: String::new(),
        query: String::new(),
        enter: None,
        exports: false,
        export_format: ExportFormat::Bash,
        regions: Vec::new(),
        rules: std::sync::Arc::default(),
        confirmations: genkan::domain::rules::Confirmations::default(),
        actions: Vec::new(),
        no_tmux: None,
        no_sign_in: None,
        preferred_session: None,
        config_file: "~/.aws/config".into(),
    };
    let (mut model, _) = Model::new(
        options,
        vec![session()],
        History::default(),
        (80, 24),
        later(3_600_000),
    );
    let effects = update(
        &mut model,
        Msg::Loaded {
            session: "tanuki".into(),
            changes: genkan::domain::Changes::default(),
            catalog: Some(catalog),
            of_earlier_sign_in: false,
            expiries: Vec::new(),
            sign_in: SignInState::SignedIn {
                until: later(36_000_000),
                renews: true,
                ends: None,
            },
            notices: Vec::new(),
        },
    );
    let id = effects.iter().find_map(|effect| match effect {
        Effect::Refresh { id, .. } => Some(*id),
        _ => None,
    });
    (model, id.unwrap())
}

fn draw(model: &Model) {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| view::draw(frame, model)).unwrap();
}

fn type_text(model: &mut Model, text: &str) {
    for c in text.chars() {
        update(
            model,
            Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)),
        );
    }
}

#[divan::bench(sample_count = 20)]
fn first_frame(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    bencher.bench(|| {
        let catalog = cache.load(&session()).value.unwrap();
        let (model, _) = portal(catalog);
        draw(&model);
    });
}

#[divan::bench(sample_count = 20)]
fn load_the_catalog(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    bencher.bench(|| cache.load(&session()));
}

#[divan::bench(sample_count = 20)]
fn load_the_journal_of_a_listing(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(false);
    bencher.bench(|| cache.load(&session()));
}

#[divan::bench(sample_count = 20)]
fn save_the_catalog(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    let catalog = catalog();
    bencher
        .with_inputs(|| journal(&cache))
        .bench_values(|journal| cache.finish(&session(), &catalog, journal));
}

#[divan::bench(sample_count = 20)]
fn write_one_account_to_the_journal(bencher: Bencher<'_, '_>) {
    let (_home, cache) = cache(true);
    let mut journal = journal(&cache);
    let catalog = catalog();
    let entry = catalog.entries().first().unwrap();
    bencher.bench_local(|| journal.listed(&entry.account.id, &entry.permission_sets, now()));
}

/// Words that nearly every row has, as a text that was pasted holds them.
const PASTED: &str = "a c d e i m n o p r s t ac ad at cc ce co dm es in is mi ni or ra ss st to tr";

fn erase(model: &mut Model) {
    update(
        model,
        Msg::Key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE)),
    );
}

/// Typing the last letter of a search, and the frame that shows it.
#[divan::bench(sample_count = 100, sample_size = 1, args = ["p", "pay", "prod adm", "zzzz", PASTED])]
fn type_a_letter(bencher: Bencher<'_, '_>, text: &str) {
    let (mut model, _) = portal(catalog());
    type_text(&mut model, text);
    let model = RefCell::new(model);
    let letter = text.get(text.len() - 1..).unwrap();
    bencher
        .with_inputs(|| erase(&mut model.borrow_mut()))
        .bench_local_values(|()| {
            type_text(&mut model.borrow_mut(), letter);
            draw(&model.borrow());
        });
}

/// Taking it away again.
#[divan::bench(sample_count = 100, sample_size = 1, args = ["p", "pay", "prod adm", "zzzz", PASTED])]
fn erase_a_letter(bencher: Bencher<'_, '_>, text: &str) {
    let (mut model, _) = portal(catalog());
    type_text(&mut model, text);
    erase(&mut model);
    let model = RefCell::new(model);
    let letter = text.get(text.len() - 1..).unwrap();
    bencher
        .with_inputs(|| type_text(&mut model.borrow_mut(), letter))
        .bench_local_values(|()| {
            erase(&mut model.borrow_mut());
            draw(&model.borrow());
        });
}

#[divan::bench(sample_count = 50)]
fn draw_a_frame(bencher: Bencher<'_, '_>) {
    let (model, _) = portal(catalog());
    bencher.bench(|| draw(&model));
}

/// All answers of one listing, with the rows built again once.
#[divan::bench(sample_count = 10, args = ["", "prod adm"])]
fn take_in_a_listing(bencher: Bencher<'_, '_>, query: &str) {
    let catalog = catalog();
    bencher
        .with_inputs(|| {
            let (mut model, id) = portal(catalog.clone());
            type_text(&mut model, query);
            (model, id)
        })
        .bench_local_values(|(mut model, id)| {
            for page in catalog.entries().chunks(100) {
                let accounts = page.iter().map(|e| e.account.clone()).collect();
                let event = SyncMsg::Event(SyncEvent::Accounts {
                    accounts,
                    complete: false,
                    settled: 0,
                });
                update(&mut model, Msg::Sync { id, event });
                for entry in page {
                    let event = SyncMsg::Event(SyncEvent::PermissionSets {
                        account: entry.account.id.clone(),
                        names: entry.permission_sets.to_vec(),
                        at: now(),
                    });
                    update(&mut model, Msg::Sync { id, event });
                }
            }
            update(&mut model, Msg::Tick(later(3_601_000)));
            black_box(model.browse.counts())
        });
}

#[divan::bench(sample_count = 20)]
fn rebuild_the_rows(bencher: Bencher<'_, '_>) {
    let rules = std::sync::Arc::new(RuleSet::default());
    let catalog = catalog();
    let (mut model, _) = portal(catalog.clone());
    bencher.bench_local(|| {
        model
            .browse
            .rebuild(&[("tanuki", &catalog)], &History::default(), &rules);
    });
}
