//! What goes wrong: crashes, races, faults, hostile input, broken files, clocks and networks.

pub mod child_processes;
pub mod clock_skew;
pub mod complexity;
pub mod concurrency;
pub mod crash;
pub mod decisions;
pub mod empty_settings;
pub mod fault_matrix;
pub mod file_modes;
pub mod file_permissions;
pub mod fuzz_corpora;
pub mod hostile_files;
pub mod hostile_names;
pub mod hostile_responses;
pub mod hostile_screens;
pub mod malformed_responses;
pub mod no_file_modes;
pub mod non_aws_responses;
pub mod proxies_and_tls;
pub mod rotation_crash;
pub mod sdk_debug_text;
pub mod secrets;
pub mod sign_in_concurrency;
pub mod suspended;
pub mod terminal;
pub mod untrusted_files;
