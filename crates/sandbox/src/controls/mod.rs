//! What can be asked of it: options, faults, limits, what changes while it runs.

pub(super) mod control;
pub(super) mod faults;
pub(super) mod knobs;
pub(super) mod millis;
pub(super) mod options;
pub(super) mod rate;
