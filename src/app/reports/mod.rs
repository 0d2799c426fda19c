//! What files, the environment and the network say about this machine: `whoami`, `status` and `doctor`.

pub(super) mod doctor;
pub(super) mod identity;
pub(super) mod status;
