//! Why the portal's screen can't begin or go on.

use std::io;

use crate::app::SessionError;

/// The portal's screen can't go on.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    #[error("can't use the terminal: {0}")]
    Terminal(#[from] io::Error),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("this terminal can't show a full screen (TERM is `{0}`)")]
    PlainTerminal(String),
}

impl TuiError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Terminal(_) => {
                vec!["`genkan --help` lists the commands that work without a terminal".to_owned()]
            }
            Self::Session(error) => error.hints(),
            Self::PlainTerminal(_) => vec![
                "specify a target instead, such as `genkan export ACCOUNT/PERMISSION_SET`; `genkan list` shows all targets"
                    .to_owned(),
                "or set TERM to your terminal type, such as xterm-256color".to_owned(),
            ],
        }
    }
}
