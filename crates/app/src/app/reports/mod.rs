//! What files, the environment and the network say about this machine: `whoami`, `status` and `doctor`.

pub(super) mod caller;
pub(super) mod doctor;
pub(super) mod identity;
pub(super) mod identity_parts;
pub(super) mod status;
