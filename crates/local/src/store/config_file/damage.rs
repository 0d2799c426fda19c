//! Why a config file, or genkan's part of it, can't be changed.

/// The comments around genkan's profiles.
pub(super) const BEGIN: &str = "# genkan profiles begin";
pub(super) const END: &str = "# genkan profiles end";

/// Why the block, or the file, can't be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("line {0} starts genkan's profiles, but `{END}` is missing")]
    NoEnd(usize),
    #[error("line {0} ends genkan's profiles, but `{BEGIN}` is missing")]
    NoBeginning(usize),
    #[error("line {0} starts genkan's profiles a second time")]
    Twice(usize),
    #[error("genkan's profiles contain `[profile {0}]` twice")]
    ProfileTwice(String),
    #[error("line {0} is indented and would continue genkan's profiles, which end before it")]
    IndentedBehind(usize),
    #[error("it has `[{0}]` twice")]
    SectionTwice(String),
    #[error("it is UTF-16, which AWS tools don't support")]
    Utf16,
}
