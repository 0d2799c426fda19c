//! Why no shell or command can run as a target.

/// A shell that would silently work as another identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShellError {
    #[error("the default profile in `{file}` has credentials, which SDKs use before a credentials endpoint")]
    DefaultProfileWins { file: String },
}

impl ShellError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::DefaultProfileWins { .. } => vec![
                "use --credentials env, which takes precedence".to_owned(),
                "or rename that profile".to_owned(),
            ],
        }
    }
}
