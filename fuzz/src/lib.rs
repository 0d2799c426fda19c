//! What each fuzz target does with its bytes, and what must hold whatever they are.
//!
//! The project's own tests include this file and replay the corpora in `fuzz/corpus` with it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what must hold and doesn't is to stop the target"
)]

pub mod answers;
pub mod config;
pub mod files;
mod readers;
pub mod words;

use genkan::domain::{PermissionSetName, SsoSession, Target};

/// What is done with bytes.
pub type FuzzTarget = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, FuzzTarget); 15] = [
    ("address", words::address),
    ("block", config::block),
    ("completion", words::completion),
    ("config", config::config),
    ("credentials", files::credentials),
    ("export", words::export),
    ("history", files::history),
    ("journal", files::journal),
    ("keys", words::keys),
    ("portal", answers::portal),
    ("search", words::search),
    ("settings", words::settings),
    ("sign_in", answers::sign_in),
    ("text", words::text),
    ("tokens", files::tokens),
];

fn session() -> SsoSession {
    SsoSession::new(
        "fuzz",
        "https://fuzz.awsapps.com/start".parse().expect("a URL"),
        "eu-west-1".parse().expect("a Region"),
    )
}

/// A target of the session `fuzz`.
fn target(number: u64, name: String, permission_set: &str) -> Target {
    Target {
        session: "fuzz".to_owned(),
        account_id: format!("{number:012}").parse().expect("an id"),
        account_name: name.into(),
        permission_set: PermissionSetName::new(permission_set),
    }
}
