//! What can not be fetched again: history, notes, approvals, users, the chosen view.

pub(super) mod confirmed_file;
pub(super) mod hand_out_file;
pub(super) mod history_file;
pub(super) mod iam_users_file;
pub(super) mod notes_file;
pub(super) mod running_files;
pub(super) mod trust_file;
pub(super) mod view_file;
