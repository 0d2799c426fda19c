//! One file per command: from arguments to use cases to output.

pub(super) mod console;
pub(super) mod doctor;
pub(super) mod handing_out;
pub(super) mod history;
pub(super) mod iam_user;
pub(super) mod list;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod portal;
pub(super) mod profiles;
pub(super) mod sandboxes;
pub(super) mod scripts;
pub(super) mod status;
pub(super) mod steps;
pub(super) mod trust;
pub(super) mod whoami;
