//! Opens the portal on the terminal, for itself or as a picker.

use std::sync::Arc;

use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::progress::Quiet;
use crate::cli::suspension::catches_signals;
use crate::tui::{self, Outcome, PickFor, TuiError};

/// Opens the portal, as a picker where `pick_for` says what for.
pub(super) async fn open_tui(app: &Arc<App>, pick_for: Option<PickFor>) -> Result<Outcome, Failure> {
    catches_signals();
    let _quiet = Quiet::begin();
    tui::run(Arc::clone(app), pick_for).await.map_err(|error| {
        let hints = error.hints();
        let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
        match error {
            TuiError::Session(error) => error.into(),
            TuiError::PlainTerminal(_) => Failure::usage(error.to_string(), &hints),
            _ => Failure::new(error.to_string(), &hints),
        }
    })
}
