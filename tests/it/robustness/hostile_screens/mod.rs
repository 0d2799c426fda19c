//! Every screen, overlay and message with hostile text in each place that text from outside reaches, raw, as if
//! it had not been cleaned where it entered: no cell holds what a terminal would obey or a user not see.

mod answers;
mod kinds;
mod list;
mod open_work;
mod sign_in;
mod stage;

use std::cell::RefCell;
use std::collections::BTreeSet;

use kinds::{FIELDS, LISTINGS, MESSAGES, NOTICES, OVERLAYS, SCREENS, STEPS};
use stage::Stage;

use crate::support::hostile_text::PAYLOADS;
use crate::support::text::texts;

/// What is drawn passes the one door that looks at it once more, but for pictures that are made of nothing
/// foreign.
#[test]
fn views_draw_text_through_one_function() {
    let tui = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/tui/src/tui");
    let mut doors: Vec<String> = texts(&tui)
        .into_iter()
        .filter(|(_, code)| {
            ["buffer_mut", "set_string", "render_widget", "set_line"]
                .iter()
                .any(|way| code.contains(way))
        })
        .map(|(path, _)| path.rsplit('/').next().unwrap().to_owned())
        .collect();
    doors.sort();
    assert_eq!(doors, ["big_code.rs", "qr.rs", "write.rs"]);
}

#[test]
fn no_screen_cell_holds_control_or_hidden_characters() {
    let play = |payload: &str| {
        let stage = Stage {
            payload: payload.to_owned(),
            seen: RefCell::default(),
        };
        stage.setup();
        stage.sign_in();
        stage.list();
        stage.open();
        stage.changes();
        stage.overlays();
        stage.answers();
        stage.notices();
        stage.seen.into_inner()
    };
    // On all cores: every screen with every payload takes long.
    let mut seen = BTreeSet::new();
    std::thread::scope(|scope| {
        let parts = PAYLOADS.chunks(PAYLOADS.len().div_ceil(4));
        let threads: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(|payload| play(payload)).collect::<Vec<_>>()))
            .collect();
        for thread in threads {
            // Each payload sees every kind.
            seen = thread.join().expect("clean screens").pop().expect("a payload");
        }
    });
    let all = [SCREENS, STEPS, OVERLAYS, NOTICES, LISTINGS, MESSAGES, FIELDS];
    let missing: Vec<&&str> = all
        .iter()
        .copied()
        .flatten()
        .filter(|kind| !seen.contains(**kind))
        .collect();
    assert!(missing.is_empty(), "never shown with hostile text: {missing:?}");
}
