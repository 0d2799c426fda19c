//! Why a target isn't handed out.

/// A target that isn't handed out in this environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`[agents]` in config.toml doesn't allow {target} to a program that acts for you ({variable} is set)"
)]
pub struct NotAllowed {
    pub target: String,
    pub variable: String,
}

impl NotAllowed {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec![
            "run it in a terminal of your own".to_owned(),
            "or allow it: add a match to `allow` in `[agents]`".to_owned(),
        ]
    }
}
