//! Opens the portal on the terminal, for itself or as a picker.

use std::sync::Arc;

use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::progress::Quiet;
use crate::cli::suspension::catches_signals;
use crate::tui::{self, Outcome, Start, TuiError};

/// Opens the portal, as a picker where it begins as one.
pub(in crate::cli::commands) async fn open_tui(app: &Arc<App>, start: Start) -> Result<Outcome, Failure> {
    catches_signals();
    let _quiet = Quiet::begin();
    tui::run(Arc::clone(app), start).await.map_err(|error| {
        let hints = error.hints();
        let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
        match error {
            TuiError::Session(error) => error.into(),
            TuiError::PlainTerminal(_) => Failure::usage(error.to_string(), &hints),
            TuiError::Terminal(_) => Failure::new(error.to_string(), &hints),
        }
    })
}
