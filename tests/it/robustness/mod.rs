//! What goes wrong: crashes, races, faults, hostile input, broken files, clocks and networks.

pub mod children;
pub mod clock;
pub mod corpora;
pub mod crash;
pub mod empty;
pub mod faults;
pub mod files;
pub mod foreign_answers;
pub mod gate;
pub mod growth;
pub mod hostile;
pub mod hostile_answers;
pub mod hostile_files;
pub mod hostile_screens;
pub mod network;
pub mod no_modes;
pub mod robust;
pub mod secrets;
pub mod stops;
pub mod storms;
