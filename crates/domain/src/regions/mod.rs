//! Regions, partitions, and the Region that work happens in.

pub mod region;
pub mod work_region;
