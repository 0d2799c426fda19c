//! A large organisation in memory, and the portal that shows it without a terminal.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement may stop")]
#![allow(dead_code, reason = "each measurement uses a part")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genkan::domain::records::history::History;
use genkan::domain::shells::export::ExportFormat;
use genkan::domain::{Account, AccountEntry, Catalog, PermissionSetName, SignInState, SsoSession, SyncEvent};
use genkan::sandbox::Organisation;
use genkan::settings::ThemeName;
use genkan::tui::drawing::theme::Theme;
use genkan::tui::effect::{Effect, RequestId};
use genkan::tui::model::{Model, Options};
use genkan::tui::msg::{Msg, SyncMsg};
use genkan::tui::update::update_model;
use genkan::tui::view;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

pub(crate) const ACCOUNTS: usize = 5_000;
pub(crate) const PERMISSION_SETS: usize = 4;

pub(crate) fn now() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

pub(crate) fn later(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(now().as_millisecond() + milliseconds).unwrap()
}

pub(crate) fn session() -> SsoSession {
    SsoSession::new(
        "tanuki",
        "https://tanuki.awsapps.com/start".parse().unwrap(),
        "ap-northeast-1".parse().unwrap(),
    )
}

pub(crate) fn catalog() -> Catalog {
    catalog_of(ACCOUNTS)
}

/// A catalog of so many accounts.
pub(crate) fn catalog_of(accounts: usize) -> Catalog {
    let entries = Organisation::generated(accounts, PERMISSION_SETS)
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

/// The portal once disk has told what it knows, and the id of the listing that it asks for.
pub(crate) fn portal(catalog: Catalog) -> (Model, RequestId) {
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
    let effects = update_model(
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

pub(crate) fn draw(model: &Model) {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| view::draw_screen(frame, model)).unwrap();
}

pub(crate) fn type_text(model: &mut Model, text: &str) {
    for c in text.chars() {
        update_model(
            model,
            Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)),
        );
    }
}

pub(crate) fn erase(model: &mut Model) {
    update_model(
        model,
        Msg::Key(KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE)),
    );
}

/// What the portal's loop does while no key comes and no listing runs, as if the one that [`portal`] asked for had ended; true where a search was completed.
pub(crate) fn prepare(model: &mut Model) -> bool {
    let mut is_complete = false;
    while model.browse.is_unsettled() || model.browse.has_unprepared() {
        is_complete |= model.browse.work_on_search();
    }
    is_complete
}

/// All responses of one listing, with the rows built again once.
pub(crate) fn take_in_a_listing(model: &mut Model, id: RequestId, catalog: &Catalog) {
    for page in catalog.entries().chunks(100) {
        let accounts = page.iter().map(|e| e.account.clone()).collect();
        let event = SyncMsg::Event(SyncEvent::Accounts {
            accounts,
            complete: false,
            settled: 0,
        });
        update_model(model, Msg::Sync { id, event });
        for entry in page {
            let event = SyncMsg::Event(SyncEvent::PermissionSets {
                account: entry.account.id.clone(),
                names: entry.permission_sets.to_vec(),
                at: now(),
            });
            update_model(model, Msg::Sync { id, event });
        }
    }
    update_model(model, Msg::Tick(later(3_601_000)));
}
